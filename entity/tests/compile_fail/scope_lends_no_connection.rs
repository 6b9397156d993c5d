use entity::TenantScope;

async fn leak(scope: &TenantScope) {
    let _ = scope.snapshot().await;
}

fn main() {}
