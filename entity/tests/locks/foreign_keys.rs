//! The second lock: a row cannot point into another clinic.

use auth::Role;

use super::open;
use crate::support::sql::{FOREIGN_KEY, attempt, run, state};
use crate::support::{Clinic, World};

/// The statements of a row in A that points at a row of `target`.
fn pointing_at(world: &World, target: &Clinic) -> Vec<String> {
    let a = world.a.id.0;
    let patient = target.other;
    let user = target.user(Role::Viewer).0;
    vec![
        format!(
            "INSERT INTO patient_proxies (tenant_id, id, patient_id, user_id, relationship) \
             VALUES ('{a}', gen_random_uuid(), '{patient}', '{}', 'OTHER')",
            world.a.user(Role::Viewer).0
        ),
        format!(
            "INSERT INTO patient_proxies (tenant_id, id, patient_id, user_id, relationship) \
             VALUES ('{a}', gen_random_uuid(), '{}', '{user}', 'OTHER')",
            world.a.own
        ),
        format!(
            "UPDATE patient_proxies SET patient_id = '{patient}' \
             WHERE tenant_id = '{a}' AND patient_id = '{}'",
            world.a.child
        ),
        format!(
            "UPDATE patients SET user_id = '{user}' WHERE tenant_id = '{a}' AND id = '{}'",
            world.a.child
        ),
        format!("UPDATE providers SET user_id = '{user}' WHERE tenant_id = '{a}'"),
        format!(
            "INSERT INTO service_offers (tenant_id, id, service_id, provider_id, deleted_at) \
             VALUES ('{a}', gen_random_uuid(), '{}', '{}', now())",
            target.service, world.a.provider
        ),
        format!(
            "INSERT INTO service_offers (tenant_id, id, service_id, provider_id, deleted_at) \
             VALUES ('{a}', gen_random_uuid(), '{}', '{}', now())",
            world.a.service, target.provider
        ),
        format!("UPDATE appointments SET patient_id = '{patient}' WHERE tenant_id = '{a}'"),
        format!(
            "UPDATE appointments SET provider_id = '{}' WHERE tenant_id = '{a}'",
            target.provider
        ),
        format!("UPDATE appointments SET room_id = '{}' WHERE tenant_id = '{a}'", target.room),
        format!(
            "UPDATE appointments SET service_id = '{}' WHERE tenant_id = '{a}'",
            target.service
        ),
    ]
}

#[tokio::test]
async fn a_row_that_points_at_another_clinics_row_is_refused() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    open::row_level_security(&mut superuser).await;

    let own = pointing_at(&world, &world.a);
    let foreign = pointing_at(&world, &world.b);
    for (own, foreign) in own.iter().zip(&foreign) {
        run(&mut superuser, "BEGIN").await;
        assert_eq!(run(&mut superuser, own).await, 1, "{own}");
        run(&mut superuser, "ROLLBACK").await;

        let refused = attempt(&mut superuser, foreign).await.expect_err(foreign);
        assert_eq!(state(&refused), FOREIGN_KEY, "{foreign}");
    }
}

#[tokio::test]
async fn a_row_cannot_be_carried_to_another_clinic_from_under_those_that_point_at_it() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    open::row_level_security(&mut superuser).await;

    let carried = |id| {
        format!(
            "UPDATE patients SET tenant_id = '{}', user_id = NULL WHERE tenant_id = '{}' AND id = '{id}'",
            world.b.id.0, world.a.id.0
        )
    };
    for with_words in [true, false] {
        let refused = attempt(&mut superuser, &carried(world.a.child)).await;
        assert_eq!(state(&refused.unwrap_err()), FOREIGN_KEY, "{with_words}");
        // The words of a name point at its patient, too.
        run(&mut superuser, "DELETE FROM patient_words").await;
    }
    // Nothing points at this one: no lock but the key is left, and that allows it.
    assert_eq!(run(&mut superuser, &carried(world.a.own)).await, 1);
}
