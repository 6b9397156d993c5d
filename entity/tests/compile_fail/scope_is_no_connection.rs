use entity::TenantScope;

fn run_any_statement(_: &impl sea_orm::ConnectionTrait) {}

fn leak(scope: &TenantScope) {
    run_any_statement(scope);
}

fn main() {}
