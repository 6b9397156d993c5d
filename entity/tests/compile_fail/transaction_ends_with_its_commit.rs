use entity::patients::patient;
use entity::{Fault, TenantTx};

async fn leak(tx: TenantTx) -> Result<(), Fault> {
    tx.commit().await?;
    tx.find::<patient::Entity>().all().await?;
    Ok(())
}

fn main() {}
