//! What appointments refer to is not deleted.

use auth::Role;
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{Appointed, KINDS, appoint, mutate, one, uuid};
use crate::support::{World, problems};

async fn change(world: &World, change: &str) {
    let update = format!("UPDATE appointments SET {change}");
    let mut superuser = world.storage.superuser().await;
    sqlx::query(sqlx::AssertSqlSafe(update)).execute(&mut superuser).await.unwrap();
}

#[tokio::test]
async fn any_live_appointment_keeps_its_provider_room_and_service_from_being_deleted() {
    let world = World::new().await;
    let office = world.client(&world.a, Role::OfficeAdmin);
    let with = Appointed::new(&world, &world.a).await;
    let appointment = appoint(&world, &world.a, &with, "now() - interval '2 years'").await;
    for state in ["status = 'NO_SHOW'", "status = 'CANCELLED', cancel_reason = 'OTHER'"] {
        change(&world, state).await;
        for kind in KINDS {
            let refused = mutate(&office, "delete", kind, json!({ "id": with.id(kind) })).await;
            assert_eq!(problems(&refused), ["IN_USE id"], "{kind} {state}");
            assert_eq!(refused["errors"][0]["conflictIds"], json!([appointment]));
            assert_eq!(refused[one(kind)], json!(null));
        }
    }
    // It can be deactivated instead.
    for kind in KINDS {
        let input = json!({ "id": with.id(kind), "version": 1, "isActive": false });
        let done = mutate(&office, "update", kind, input).await;
        assert_eq!(done[one(kind)]["isActive"], false, "{done:#}");
    }
    // What points at it is gone with the appointment.
    change(&world, "deleted_at = now()").await;
    for kind in KINDS {
        let done = mutate(&office, "delete", kind, json!({ "id": with.id(kind) })).await;
        assert_eq!(problems(&done), [""; 0], "{kind}");
    }
}

#[tokio::test]
async fn a_refusal_names_twenty_appointments_those_to_come_first() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    let with = Appointed::new(&world, &world.a).await;
    let delete = async || {
        let refused = mutate(&admin, "delete", "Room", json!({ "id": with.room })).await;
        let ids = refused["errors"][0]["conflictIds"].as_array().unwrap().clone();
        ids.iter().map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let at = |days: i32| format!("now() + interval '{days} days'");
    let mut expected = Vec::new();
    for days in [1, 2, 3, -1, -2] {
        expected.push(appoint(&world, &world.a, &with, &at(days)).await);
    }
    assert_eq!(delete().await, expected);

    expected.truncate(3);
    for days in 4..30 {
        expected.push(appoint(&world, &world.a, &with, &at(days)).await);
    }
    expected.truncate(20);
    assert_eq!(delete().await, expected);
}

/// Waits until somebody waits for a lock.
async fn somebody_waits(connection: &mut PgConnection) {
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) \
             WHERE NOT l.granted AND a.datname = current_database()",
        )
        .fetch_one(&mut *connection)
        .await
        .unwrap();
        if waiting > 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// A booking keeps the rows that it refers to until it is committed.
#[tokio::test]
async fn a_booking_that_is_under_way_keeps_them_from_being_deleted() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for (kind, table, column) in [
        ("Provider", "providers", "provider_id"),
        ("Room", "rooms", "room_id"),
        ("Service", "services", "service_id"),
    ] {
        free_names(&world).await;
        let with = Appointed::new(&world, &world.a).await;
        let mut booking = world.storage.superuser().await;
        let mut transaction = booking.begin().await.unwrap();
        let keep = format!("SELECT FROM {table} WHERE id = $1 AND deleted_at IS NULL FOR SHARE");
        sqlx::query(sqlx::AssertSqlSafe(keep))
            .bind(uuid(with.id(kind)))
            .fetch_one(&mut *transaction)
            .await
            .unwrap();
        let insert = "INSERT INTO appointments \
                 (tenant_id, id, patient_id, provider_id, starts_at, ends_at, status) \
             VALUES ($1, gen_random_uuid(), $2, $3, now(), now() + interval '1 hour', 'SCHEDULED')";
        sqlx::query(insert)
            .bind(world.a.id.0)
            .bind(uuid(&with.patient))
            .bind(uuid(&with.provider))
            .execute(&mut *transaction)
            .await
            .unwrap();
        let refer = format!("UPDATE appointments SET {column} = $1 WHERE patient_id = $2");
        sqlx::query(sqlx::AssertSqlSafe(refer))
            .bind(uuid(with.id(kind)))
            .bind(uuid(&with.patient))
            .execute(&mut *transaction)
            .await
            .unwrap();

        let deleting = mutate(&admin, "delete", kind, json!({ "id": with.id(kind) }));
        let booked = async {
            somebody_waits(&mut world.storage.superuser().await).await;
            transaction.commit().await.unwrap();
        };
        let (refused, ()) = tokio::join!(deleting, booked);
        assert_eq!(problems(&refused), ["IN_USE id"], "{kind}");
    }
}

/// A booking waits for a deletion that is under way, and then finds nothing to book.
#[tokio::test]
async fn nothing_is_booked_that_is_being_deleted() {
    let world = World::new().await;
    let admin = world.client(&world.a, Role::Admin);
    for (kind, table, field) in [
        ("Provider", "providers", "providerId"),
        ("Room", "rooms", "roomId"),
        ("Service", "services", "serviceId"),
        ("Patient", "patients", "patientId"),
    ] {
        free_names(&world).await;
        let with = Appointed::new(&world, &world.a).await;
        let id = if kind == "Patient" { with.patient.clone() } else { with.id(kind).to_owned() };
        let mut deleting = world.storage.superuser().await;
        let mut transaction = deleting.begin().await.unwrap();
        let claim = format!("SELECT FROM {table} WHERE id = $1 FOR NO KEY UPDATE");
        let delete = format!("UPDATE {table} SET deleted_at = now() WHERE id = $1");
        for statement in [claim, delete] {
            sqlx::query(sqlx::AssertSqlSafe(statement))
                .bind(uuid(&id))
                .execute(&mut *transaction)
                .await
                .unwrap();
        }
        let booking = json!({
            "patientId": with.patient, "providerId": with.provider, "roomId": with.room,
            "serviceId": with.service,
            "startsAt": "2040-01-01T09:00:00Z", "endsAt": "2040-01-01T09:15:00Z",
        });
        let booking = admin.mutate("bookAppointment", booking, "errors { code field }");
        let deleted = async {
            somebody_waits(&mut world.storage.superuser().await).await;
            transaction.commit().await.unwrap();
        };
        let (refused, ()) = tokio::join!(booking, deleted);
        assert_eq!(problems(&refused), [format!("NOT_FOUND {field}")], "{kind}");
    }
}

/// Lets rooms and services of the same names be added again.
async fn free_names(world: &World) {
    let mut superuser = world.storage.superuser().await;
    for table in ["rooms", "services"] {
        let update = format!("UPDATE {table} SET sort_name = id::text");
        sqlx::query(sqlx::AssertSqlSafe(update)).execute(&mut superuser).await.unwrap();
    }
}
