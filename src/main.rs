use std::process::ExitCode;

fn main() -> ExitCode {
    atrium::commands::run()
}
