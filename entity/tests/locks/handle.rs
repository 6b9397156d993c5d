//! The third lock: code holds a handle to one clinic and nothing else. Here the handle is a
//! superuser's, and row-level security and the foreign keys are gone.

use std::collections::BTreeSet;
use std::marker::PhantomData;

use auth::Role;
use entity::appointments::{appointment, offer, provider, room, service, version};
use entity::audit;
use entity::identity::{clinic, membership, user};
use entity::patients::search::Known;
use entity::patients::{patient, proxy};
use entity::query::{ColumnTrait, Condition, Set, any_id};
use entity::{Database, Direction, Page, TenantOwned, TenantScope};
use uuid::Uuid;

use super::open;
use crate::support::sql::{count, run};
use crate::support::world::patient_named;
use crate::support::{Clinic, World};

/// The world with every other lock open, and a superuser's pool.
async fn unlocked() -> (World, Database) {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    open::row_level_security(&mut superuser).await;
    open::constraints(&mut superuser, 'f').await;
    let database = Database::connect(&world.storage.superuser_url(), 5).await.unwrap();
    (world, database)
}

fn admin(clinic: &Clinic, database: &Database) -> TenantScope {
    clinic.scope(database, Role::Admin)
}

fn patients_of(clinic: &Clinic) -> BTreeSet<Uuid> {
    [clinic.own, clinic.child, clinic.other].into()
}

/// Filters that let every row through, or would if one of their parts stood alone.
fn wide_filters(world: &World) -> Vec<Condition> {
    use patient::Column::{FirstName, Id, TenantId};
    let everyone = [&world.a, &world.b].into_iter().flat_map(patients_of);
    vec![
        Condition::all(),
        Condition::any().add(FirstName.is_not_null()).add(Id.is_null()),
        Condition::any().add(TenantId.eq(world.a.id.0)).add(TenantId.eq(world.b.id.0)),
        Condition::any().add(any_id(Id, everyone)),
        Condition::all().not().add(Id.is_null()),
        Condition::any().not().add(Id.is_null()).add(TenantId.eq(Uuid::nil())),
    ]
}

#[tokio::test]
async fn searches_find_the_own_clinics_rows_whatever_the_filter() {
    let (world, database) = unlocked().await;
    for clinic in [&world.a, &world.b] {
        let scope = admin(clinic, &database);
        let own = patients_of(clinic);
        for filter in wide_filters(&world) {
            let find = || scope.find::<patient::Entity>().filter(filter.clone());
            let found = find().all().await.unwrap();
            let found: BTreeSet<_> = found.iter().map(|row| row.id).collect();
            assert_eq!(found, own, "{filter:?}");
            assert_eq!(find().count().await.unwrap(), 3, "{filter:?}");
            let one = find().one().await.unwrap().unwrap();
            assert!(own.contains(&one.id), "{filter:?}");
            let deleted_too = find().with_deleted().count().await.unwrap();
            assert_eq!(deleted_too, 3, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn a_filter_or_ed_with_another_is_still_inside_the_clinic() {
    let (world, database) = unlocked().await;
    let scope = admin(&world.a, &database);
    let found = scope
        .find::<patient::Entity>()
        .filter(Condition::any().add(patient::Column::Id.eq(world.b.own)))
        .filter(Condition::any().add(patient::Column::FirstName.eq("Own")))
        .all()
        .await
        .unwrap();
    assert_eq!(found, []);
    let own = scope.find::<patient::Entity>().id(world.a.own);
    assert!(own.one().await.unwrap().is_some());
    let foreign = scope.find::<patient::Entity>().id(world.b.own);
    assert!(foreign.one().await.unwrap().is_none());
}

#[tokio::test]
async fn every_tenant_table_is_searched_inside_the_clinic() {
    let (world, database) = unlocked().await;
    let scope = admin(&world.a, &database);
    let a = world.a.id.0;
    let proxies = scope.find::<proxy::Entity>().all().await.unwrap();
    assert_eq!(proxies.len(), 2);
    assert!(proxies.iter().all(|row| row.tenant_id == a));
    let members = scope.find::<membership::Entity>().all().await.unwrap();
    assert_eq!(members.len(), Role::ALL.len());
    assert!(members.iter().all(|row| row.tenant_id == a));
    let events = scope.find::<audit::Entity>().all().await.unwrap();
    assert!(!events.is_empty());
    assert!(events.iter().all(|row| row.tenant_id == a));
    let providers = scope.find::<provider::Entity>().all().await.unwrap();
    assert_eq!(providers.iter().map(|row| row.id).collect::<Vec<_>>(), [world.a.provider]);
    let rooms = scope.find::<room::Entity>().all().await.unwrap();
    assert_eq!(rooms.iter().map(|row| row.id).collect::<Vec<_>>(), [world.a.room]);
    let services = scope.find::<service::Entity>().all().await.unwrap();
    assert_eq!(services.iter().map(|row| row.id).collect::<Vec<_>>(), [world.a.service]);
    let offers = scope.find::<offer::Entity>().all().await.unwrap();
    assert_eq!(offers.iter().map(|row| row.tenant_id).collect::<Vec<_>>(), [a]);
    let appointments = scope.find::<appointment::Entity>().all().await.unwrap();
    assert_eq!(appointments.iter().map(|row| row.id).collect::<Vec<_>>(), [world.a.appointment]);
    let versions = scope.find::<version::Entity>().all().await.unwrap();
    assert_eq!(versions.iter().map(|row| row.tenant_id).collect::<Vec<_>>(), [a]);
}

/// Who offers what is asked of several tables at once.
#[tokio::test]
async fn offers_lead_to_rows_of_the_own_clinic_only() {
    let (world, database) = unlocked().await;
    let scope = admin(&world.a, &database);
    let providers = |of| scope.find::<provider::Entity>().filter(offer::offering(of)).all();
    assert_eq!(providers(world.a.service).await.unwrap().len(), 1);
    assert_eq!(providers(world.b.service).await.unwrap(), []);
    let services = |of| scope.find::<service::Entity>().filter(offer::offered_by(of)).all();
    assert_eq!(services(world.a.provider).await.unwrap().len(), 1);
    assert_eq!(services(world.b.provider).await.unwrap(), []);
}

#[tokio::test]
async fn pages_go_through_the_own_clinic_even_from_another_clinics_cursor() {
    let (world, database) = unlocked().await;
    let scope = admin(&world.a, &database);
    for direction in [Direction::Ascending, Direction::Descending] {
        let edge = match direction {
            Direction::Ascending => "",
            Direction::Descending => "~",
        };
        for after in [None, Some((edge.into(), world.b.own))] {
            let page = Page { order_by: patient::Column::SortName, direction, after, limit: 100 };
            let (rows, more) = scope.find::<patient::Entity>().page(page).await.unwrap();
            assert!(!more);
            let ids: BTreeSet<_> = rows.iter().map(|row| row.id).collect();
            assert_eq!(ids, patients_of(&world.a), "{direction:?}");
        }
    }
}

#[tokio::test]
async fn writes_touch_the_own_clinics_rows_only() {
    let (world, database) = unlocked().await;
    let mut tx = admin(&world.a, &database).begin(auth::Permission::ClinicRead).await.unwrap();
    let moved = || patient::ActiveModel {
        tenant_id: Set(world.b.id.0),
        city: Set(Some("Elsewhere".to_owned())),
        ..Default::default()
    };

    for foreign in patients_of(&world.b) {
        let updated = tx.update::<patient::Entity>(foreign, entity::Version::Any, moved()).await;
        assert_eq!(updated.unwrap(), None);
        assert_eq!(tx.delete::<patient::Entity>(foreign).await.unwrap(), None);
    }
    let updated = tx.update::<patient::Entity>(world.a.own, entity::Version::Any, moved()).await;
    let updated = updated.unwrap().unwrap();
    assert_eq!(updated.tenant_id, world.a.id.0);
    assert_eq!(updated.city.as_deref(), Some("Elsewhere"));
    assert!(tx.delete::<patient::Entity>(world.a.own).await.unwrap().is_some());
    assert!(tx.restore::<patient::Entity>(world.a.own).await.unwrap().is_some());
    tx.commit().await.unwrap();

    let mut superuser = world.superuser().await;
    let b = format!("patients WHERE tenant_id = '{}'", world.b.id.0);
    let untouched = format!("{b} AND version = 1 AND deleted_at IS NULL");
    assert_eq!(count(&mut superuser, &untouched).await, 3);
}

#[tokio::test]
async fn another_clinics_deleted_row_cannot_be_restored() {
    let (world, database) = unlocked().await;
    let mut superuser = world.superuser().await;
    run(&mut superuser, "UPDATE patients SET deleted_at = now()").await;
    let mut tx = admin(&world.a, &database).begin(auth::Permission::ClinicRead).await.unwrap();
    assert_eq!(tx.restore::<patient::Entity>(world.b.own).await.unwrap(), None);
    assert!(tx.restore::<patient::Entity>(world.a.own).await.unwrap().is_some());
}

#[tokio::test]
async fn a_new_row_belongs_to_the_handles_clinic_whatever_it_says_itself() {
    let (world, database) = unlocked().await;
    let foreign = || {
        let mut row = patient_named("New");
        row.tenant_id = Set(world.b.id.0);
        row
    };
    let mut tx = admin(&world.a, &database).begin(auth::Permission::ClinicRead).await.unwrap();
    let one = tx.insert::<patient::Entity>(foreign()).await.unwrap();
    assert_eq!(one.tenant_id, world.a.id.0);
    let many = tx.insert_many::<patient::Entity>(vec![foreign(), foreign()]).await.unwrap();
    assert_eq!(many.len(), 2);
    assert!(many.iter().all(|row| row.tenant_id == world.a.id.0));
}

#[tokio::test]
async fn hand_written_reads_stay_inside_the_clinic() {
    let (world, database) = unlocked().await;
    let scope = admin(&world.a, &database);
    let patients = [world.a.child, world.b.child, world.b.other];
    let proxies = scope.proxies_of(&patients, None, 100).await.unwrap();
    let of: Vec<_> = proxies.iter().map(|row| row.patient_id).collect();
    assert_eq!(of, [world.a.child]);

    let totals = scope.proxy_totals(&patients).await.unwrap();
    assert_eq!(totals, [(world.a.child, 1)].into());

    let services = [world.a.service, world.b.service];
    let providers = scope.providers_of(&services, None, 100).await.unwrap();
    let of: Vec<_> = providers.iter().map(|(service, row)| (*service, row.id)).collect();
    assert_eq!(of, [(world.a.service, world.a.provider)]);
    let totals = scope.provider_totals(&services).await.unwrap();
    assert_eq!(totals, [(world.a.service, 1)].into());

    let ascending = Direction::Ascending;
    let visits = scope.appointments_of(&patients, ascending, None, 100).await.unwrap();
    let of: Vec<_> = visits.iter().map(|row| row.id).collect();
    assert_eq!(of, [world.a.appointment]);
    let totals = scope.appointment_totals(&patients).await.unwrap();
    assert_eq!(totals, [(world.a.child, 1)].into());

    let staff = world.a.user(Role::Staff).0;
    let users = scope.users(&[staff, world.b.user(Role::Staff).0]).await;
    let ids: Vec<_> = users.unwrap().iter().map(|user| user.user.id).collect();
    assert_eq!(ids, [staff]);

    let clinic = scope.clinic().await.unwrap().unwrap();
    assert_eq!(clinic.id, world.a.id.0);
}

/// Two clinics may each hold a row of one id, and what is known of the one finds not the other.
#[tokio::test]
async fn what_is_known_of_a_patient_finds_none_of_the_same_id_in_another_clinic() {
    let (world, database) = unlocked().await;
    let namesake = format!(
        "INSERT INTO patients (tenant_id, id, first_name, last_name, birth_date, sex, phone, nhs_number, \
             external_source, external_id, sort_name, search_name) \
         VALUES ('{}', '{}', 'Namesake', 'Test', '1990-01-01', 'OTHER', '+442079460018', '9434765919', \
             'PAS', 'K-17', 'namesake', ' namesake')",
        world.b.id.0, world.a.other
    );
    run(&mut world.superuser().await, &namesake).await;
    let nothing = Known::default;
    let everything = [
        Known { names: vec!["names".to_owned()], ..nothing() },
        Known { birth_date: Some("1990-01-01".parse().unwrap()), ..nothing() },
        Known { phone: Some("+442079460018".to_owned()), ..nothing() },
        Known { nhs_number: Some("9434765919".to_owned()), ..nothing() },
        Known { external_id: Some("K-17".to_owned()), ..nothing() },
    ];
    for known in everything {
        for (clinic, expected) in [(&world.a, 0), (&world.b, 1)] {
            let scope = admin(clinic, &database);
            let found = scope.find::<patient::Entity>();
            let found = found.filter(scope.patients_known_by(known.clone())).all().await.unwrap();
            assert_eq!(found.len(), expected, "{known:?}");
        }
    }
    let scope = admin(&world.a, &database);
    let nobody = scope.find::<patient::Entity>().filter(scope.patients_known_by(nothing()));
    assert_eq!(nobody.count().await.unwrap(), 0);
}

/// Asks whether a handle searches a table: a constant of the type's own hides one of a trait.
struct Searched<E>(PhantomData<E>);

impl<E: TenantOwned> Searched<E> {
    const IS: bool = true;
}

trait Otherwise {
    const IS: bool = false;
}

impl<E> Otherwise for Searched<E> {}

#[test]
fn a_handle_searches_tables_of_clinics_and_no_global_one() {
    let of_clinics = [
        Searched::<patient::Entity>::IS,
        Searched::<proxy::Entity>::IS,
        Searched::<membership::Entity>::IS,
        Searched::<audit::Entity>::IS,
        Searched::<provider::Entity>::IS,
        Searched::<room::Entity>::IS,
        Searched::<service::Entity>::IS,
        Searched::<offer::Entity>::IS,
        Searched::<appointment::Entity>::IS,
        Searched::<version::Entity>::IS,
    ];
    assert_eq!(of_clinics, [true; 10]);
    let global = [Searched::<clinic::Entity>::IS, Searched::<user::Entity>::IS];
    assert_eq!(global, [false; 2]);
}
