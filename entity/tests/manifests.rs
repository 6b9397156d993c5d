//! The walls between the crates, read from the manifests.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Each crate may depend on those before it and on none after it.
const ORDER: [&str; 8] =
    ["auth", "entity", "services", "loaders", "graphql", "resolvers", "schema", "atrium"];

struct Package {
    name: String,
    normal: BTreeSet<String>,
    /// For tests and build scripts.
    other: BTreeSet<String>,
}

fn packages() -> Vec<Package> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version=1"])
        .args(["--manifest-path", manifest])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

fn package(package: &Value) -> Package {
    let dependencies = package["dependencies"].as_array().unwrap();
    let names = |normal: bool| {
        dependencies
            .iter()
            .filter(|dependency| dependency["kind"].is_null() == normal)
            .map(|dependency| dependency["name"].as_str().unwrap().to_owned())
            .collect()
    };
    Package {
        name: package["name"].as_str().unwrap().to_owned(),
        normal: names(true),
        other: names(false),
    }
}

fn is_sea_orm(name: &str) -> bool {
    name.starts_with("sea-orm") || name.starts_with("sea-query") || name.starts_with("seaography")
}

fn is_sqlx(name: &str) -> bool {
    name.starts_with("sqlx") || name.contains("postgres")
}

/// The packages that have a dependency of this kind, of which tests make no account.
fn dependents(of: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names: Vec<_> = packages()
        .into_iter()
        .filter(|package| package.normal.iter().any(|name| of(name)))
        .map(|package| package.name)
        .collect();
    names.sort();
    names
}

#[test]
fn only_entity_and_migration_know_sea_orm() {
    assert_eq!(dependents(is_sea_orm), ["entity", "migration"]);
    for package in packages() {
        assert!(
            !package.other.iter().any(|name| is_sea_orm(name)),
            "{} for its tests",
            package.name
        );
    }
}

#[test]
fn only_entity_knows_a_database_driver() {
    assert_eq!(dependents(is_sqlx), ["entity"]);
}

#[test]
fn only_the_root_knows_migration() {
    assert_eq!(dependents(|name| name == "migration"), ["atrium"]);
}

#[test]
fn crates_depend_leftwards_only() {
    let packages = packages();
    let members: BTreeSet<_> = packages.iter().map(|package| package.name.as_str()).collect();
    for crate_name in ORDER {
        assert!(members.contains(crate_name), "{crate_name}");
    }
    for package in &packages {
        let place = ORDER.iter().position(|name| *name == package.name);
        let allowed = &ORDER[..place.unwrap_or(0)];
        for dependency in package.normal.iter().filter(|name| members.contains(name.as_str())) {
            let at_the_root = package.name == "atrium" && !ORDER.contains(&dependency.as_str());
            assert!(
                at_the_root
                    || allowed.contains(&dependency.as_str())
                    || adapts(package, dependency),
                "{} must not depend on {dependency}",
                package.name
            );
        }
    }
}

/// Whether the package holds adapters, which implement the traits of services.
fn adapts(package: &Package, dependency: &str) -> bool {
    package.name == "integrations" && ["auth", "services"].contains(&dependency)
}
