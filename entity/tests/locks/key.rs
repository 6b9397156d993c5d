//! The first lock: the tenant is the first part of every row's name.

use auth::Role;
use entity::patients::patient;
use entity::query::Set;

use super::open;
use crate::support::World;
use crate::support::sql::{UNIQUE, count, refusal, run};
use crate::support::world::patient_named;

fn copy_of_a_patient(world: &World) -> String {
    format!(
        "INSERT INTO patients (tenant_id, id, first_name, last_name, birth_date, sex, sort_name, search_name) \
         SELECT '{}', id, 'Copy', last_name, birth_date, sex, sort_name, search_name \
         FROM patients WHERE tenant_id = '{}' AND id = '{}'",
        world.b.id.0, world.a.id.0, world.a.other
    )
}

#[tokio::test]
async fn two_clinics_may_hold_a_row_of_the_same_id_but_one_clinic_may_not() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    open::constraints(&mut superuser, 'f').await;

    assert_eq!(run(&mut superuser, &copy_of_a_patient(&world)).await, 1);
    assert_eq!(refusal(&mut superuser, &copy_of_a_patient(&world)).await, UNIQUE);
    let both = format!("patients WHERE id = '{}'", world.a.other);
    assert_eq!(count(&mut superuser, &both).await, 2);
}

#[tokio::test]
async fn an_id_that_two_clinics_hold_names_each_clinics_own_row() {
    let world = World::new().await;
    let mut superuser = world.superuser().await;
    open::row_level_security(&mut superuser).await;
    run(&mut superuser, &copy_of_a_patient(&world)).await;
    let id = world.a.other;

    let b = world.scope(&world.b, Role::Admin);
    let found = b.find::<patient::Entity>().id(id).one().await.unwrap();
    assert_eq!(found.unwrap().first_name, "Copy");

    let mut tx = b.begin(auth::Permission::ClinicRead).await.unwrap();
    let changes =
        patient::ActiveModel { first_name: Set("Changed".to_owned()), ..Default::default() };
    let changed = tx.update::<patient::Entity>(id, entity::Version::Any, changes).await.unwrap();
    assert_eq!(changed.unwrap().tenant_id, world.b.id.0);
    let deleted = tx.delete::<patient::Entity>(id).await.unwrap();
    assert_eq!(deleted.unwrap().tenant_id, world.b.id.0);
    tx.commit().await.unwrap();

    let a = world.scope(&world.a, Role::Admin);
    let untouched = a.find::<patient::Entity>().id(id).one().await.unwrap().unwrap();
    assert_eq!(untouched.first_name, "Other");
    assert_eq!(untouched.version, 1);
}

#[tokio::test]
async fn a_row_of_an_id_that_another_clinic_holds_already_can_be_made() {
    let world = World::new().await;
    let mut row = patient_named("Namesake");
    row.id = Set(world.a.other);
    let mut tx =
        world.scope(&world.b, Role::Admin).begin(auth::Permission::ClinicRead).await.unwrap();
    let made = tx.insert::<patient::Entity>(row).await.unwrap();
    assert_eq!((made.tenant_id, made.id), (world.b.id.0, world.a.other));

    let mut again = patient_named("Twin");
    again.id = Set(world.a.other);
    let refused = tx.insert::<patient::Entity>(again).await.unwrap_err();
    assert!(refused.is_constraint("patients_pkey"), "{refused:?}");
}
