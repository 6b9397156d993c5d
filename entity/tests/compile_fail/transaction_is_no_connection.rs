use entity::TenantTx;

fn run_any_statement(_: &impl sea_orm::ConnectionTrait) {}

fn leak(tx: &TenantTx) {
    run_any_statement(tx);
}

fn main() {}
