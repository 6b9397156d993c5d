use std::process::ExitCode;

use mimalloc::MiMalloc;

// A request is some thousand small allocations, more than half of them the document's.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    atrium::commands::run()
}
