//! What code that holds a handle cannot write, and in `.stderr` why the compiler refuses it. The other
//! tests of this crate write what is allowed.

/// Only `cargo test` can run it: it calls the compiler.
#[test]
fn code_that_would_step_around_the_handle_does_not_compile() {
    let cases = trybuild::TestCases::new();
    for case in [
        "scope_is_no_connection",
        "transaction_is_no_connection",
        "scope_lends_no_connection",
        "transaction_lends_no_connection",
        "database_lends_no_pool",
        "find_takes_owned_tables_only",
        "find_lends_no_select",
        "find_has_no_union",
        "transaction_ends_with_its_commit",
        "query_names_no_sql",
        "scope_takes_no_tenant",
    ] {
        cases.compile_fail(format!("tests/compile_fail/{case}.rs"));
    }
}
