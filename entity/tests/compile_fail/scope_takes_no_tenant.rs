//! A handle is made of a member, whom the door looks at, or by the system with its reason.

use entity::TenantScope;

fn leak() {
    let _ = TenantScope::new;
}

fn main() {}
