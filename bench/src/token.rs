//! Makes the issuer's key where there is none, and prints a token a line: `token <key file> <subject>…`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use auth::token::Issuer;
use chrono::Utc;

/// Longer than any run.
const LIFETIME_SECONDS: i64 = 24 * 3600;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().ok_or("say which key file and which subjects")?;
    if !Path::new(&file).exists() {
        fs::write(&file, Issuer::generate_key()?)?;
    }
    let issuer = Issuer::new("atrium", &fs::read(&file)?)?;
    for subject in arguments {
        println!("{}", issuer.sign(&subject, None, Utc::now().timestamp(), LIFETIME_SECONDS)?);
    }
    Ok(())
}
