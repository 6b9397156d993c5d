//! The words of patients' names are kept in step with the names, by a door and by nobody else.

use auth::{Permission, Role};
use entity::patients::patient::{self, ActiveModel};
use entity::query::Set;
use entity::{TenantTx, Version};
use sqlx::PgConnection;

use crate::support::World;
use crate::support::sql::{NOT_ALLOWED, connect, refusal, run, texts};
use crate::support::world::patient_named;

fn searched_by(names: &str) -> ActiveModel {
    ActiveModel { search_name: Set(format!(" {names}")), ..patient_named("New") }
}

async fn begin(world: &World) -> TenantTx {
    world.scope(&world.a, Role::Staff).begin(Permission::PatientsWrite).await.unwrap()
}

/// The words of all patients but those whom the world began with.
async fn words(superuser: &mut PgConnection) -> Vec<String> {
    let sql = "SELECT w.word FROM patient_words w JOIN patients p USING (tenant_id) \
         WHERE p.id = w.patient_id AND p.first_name = 'New' ORDER BY 1";
    texts(superuser, sql).await
}

#[tokio::test]
async fn words_are_those_of_the_name_as_it_is() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    let mut tx = begin(&world).await;
    let made = tx.insert::<patient::Entity>(searched_by("jose gomez gomez")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(words(&mut superuser).await, ["gomez", "jose"]);

    let married =
        ActiveModel { search_name: Set(" jose smith gomez".to_owned()), ..Default::default() };
    let moved = ActiveModel { city: Set(Some("Leeds".to_owned())), ..Default::default() };
    let nameless = ActiveModel { search_name: Set(" ".to_owned()), ..Default::default() };
    for (change, expected) in [
        (married, &["gomez", "jose", "smith"][..]),
        (moved, &["gomez", "jose", "smith"]),
        (nameless, &[]),
    ] {
        let mut tx = begin(&world).await;
        let changed = tx.update::<patient::Entity>(made.id, Version::Any, change).await.unwrap();
        assert!(changed.is_some());
        tx.commit().await.unwrap();
        assert_eq!(words(&mut superuser).await, expected);
    }
}

#[tokio::test]
async fn many_rows_get_their_words_and_refused_ones_leave_none() {
    let world = World::new().await;
    let numbered = |names| ActiveModel {
        nhs_number: Set(Some("9434765919".to_owned())),
        ..searched_by(names)
    };
    let mut tx = begin(&world).await;
    let rows = vec![searched_by("ann"), numbered("bea"), numbered("carl"), searched_by("ann dee")];
    let stored = tx.insert_many::<patient::Entity>(rows).await.unwrap();
    assert_eq!(stored.len(), 3);
    tx.commit().await.unwrap();
    assert_eq!(words(&mut world.superuser().await).await, ["ann", "ann", "bea", "dee"]);
}

/// An entry of an index has an end.
#[tokio::test]
async fn a_word_is_kept_as_far_as_500_characters() {
    let world = World::new().await;
    let mut tx = begin(&world).await;
    tx.insert::<patient::Entity>(searched_by(&"x".repeat(5000))).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(words(&mut world.superuser().await).await, ["x".repeat(500)]);
}

#[tokio::test]
async fn the_serving_role_writes_no_words_by_itself() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    let mut app = world.entered(&world.a, Role::Admin).await;
    let writes = [
        format!(
            "INSERT INTO patient_words VALUES ('{}', 'mallory', '{}')",
            world.a.id.0, world.a.own
        ),
        "UPDATE patient_words SET word = 'eve' WHERE word = 'own'".to_owned(),
        "DELETE FROM patient_words WHERE word = 'other'".to_owned(),
    ];
    for write in writes {
        assert_eq!(refusal(&mut app, &write).await, NOT_ALLOWED, "{write}");
        assert!(run(&mut superuser, &write).await > 0, "{write}");
    }
}

/// Hung on a table of one's own, the trigger would write words of any clinic.
#[tokio::test]
async fn the_serving_role_cannot_hang_the_trigger_on_a_table_of_its_own() {
    let world = World::new().await;
    let hang = "CREATE TRIGGER hung AFTER INSERT ON mine REFERENCING NEW TABLE AS written \
         FOR EACH STATEMENT EXECUTE FUNCTION atrium.keep_patient_words()";
    let mut app = world.app().await;
    let mut owner = connect(&world.storage.owner_url()).await;
    for role in [&mut app, &mut owner] {
        run(role, "CREATE TEMP TABLE mine (tenant_id uuid, id uuid, search_name text)").await;
    }
    assert_eq!(refusal(&mut app, hang).await, NOT_ALLOWED);
    run(&mut owner, hang).await;
}
