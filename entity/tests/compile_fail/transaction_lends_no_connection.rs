use entity::TenantTx;

fn leak(tx: &TenantTx) {
    let _ = tx.connection();
}

fn main() {}
