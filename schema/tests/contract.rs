use std::collections::HashMap;
use std::fs;
use std::path::Path;

use apollo_compiler::Schema;
use auth::Permission;
use graphql::Limits;

use crate::breaking;

fn committed(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The first line in which two texts differ.
fn first_difference(committed: &str, built: &str) -> String {
    let mut pairs = committed.lines().zip(built.lines()).enumerate();
    match pairs.find(|(_, (one, other))| one != other) {
        Some((line, (one, other))) => format!("line {}:\n- {one}\n+ {other}", line + 1),
        None => "one of them goes on where the other ends".to_owned(),
    }
}

#[test]
fn the_committed_sdl_is_the_schema_and_a_breaking_change_is_named() {
    let built = schema::build(Limits::default()).unwrap();
    let (committed, now) = (committed("schema.graphql"), built.sdl());
    if committed == now {
        return;
    }
    let before = Schema::parse(&committed, "schema.graphql").unwrap();
    let breaking: Vec<_> = breaking::changes(&before, built.definitions())
        .into_iter()
        .map(|change| format!("BREAKING: {change}\n"))
        .collect();
    panic!(
        "schema/schema.graphql is not the schema: run script/contract and read what changed.\n{}{}",
        breaking.concat(),
        first_difference(&committed, &now)
    );
}

#[test]
fn the_committed_permissions_are_those_of_the_schema() {
    let built = schema::build(Limits::default()).unwrap();
    let (committed, now) = (committed("permissions.md"), schema::permissions(&built));
    assert!(
        committed == now,
        "schema/permissions.md is not the matrix: run script/contract and read what changed.\n{}",
        first_difference(&committed, &now)
    );
}

/// The permission that most of an object's fields ask for: with it, one has the object.
fn usual_permissions<'a>(
    fields: impl Iterator<Item = (&'a str, Option<Permission>)>,
) -> HashMap<&'a str, Option<Permission>> {
    let mut counts: HashMap<&str, HashMap<Option<Permission>, usize>> = HashMap::new();
    for (object, permission) in fields {
        *counts.entry(object).or_default().entry(permission).or_default() += 1;
    }
    let usual = |counts: HashMap<_, usize>| counts.into_iter().max_by_key(|(_, n)| *n).unwrap().0;
    counts.into_iter().map(|(object, counts)| (object, usual(counts))).collect()
}

#[test]
fn a_field_with_a_permission_of_its_own_is_nullable() {
    // An object's usual permission is what one needs to get to it. A root is got to without any.
    let built = schema::build(Limits::default()).unwrap();
    let asked = || built.access().iter().map(|(object, _, access)| (object, access.permission));
    let usual = usual_permissions(asked());
    let mut of_their_own = 0;
    for (object, field, access) in built.access().iter() {
        if access.permission.is_none()
            || (access.permission == usual[object] && object != "Query" && object != "Mutation")
        {
            continue;
        }
        of_their_own += 1;
        let definition = built.definitions().type_field(object, field).unwrap();
        assert!(
            !definition.ty.is_non_null(),
            "{object}.{field}: {} would take the whole {object} from a caller without {}",
            definition.ty,
            access.permission.unwrap()
        );
    }
    assert!(of_their_own > 0, "the rule was put to no field");
}
