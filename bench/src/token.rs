//! Makes the issuer's key where there is none, and prints a token: `token <key file> <subject>`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use auth::token::Issuer;
use chrono::Utc;

/// Longer than any run.
const LIFETIME_SECONDS: i64 = 24 * 3600;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let (Some(file), Some(subject)) = (arguments.next(), arguments.next()) else {
        return Err("say which key file and which subject".into());
    };
    if !Path::new(&file).exists() {
        fs::write(&file, Issuer::generate_key()?)?;
    }
    let issuer = Issuer::new("atrium", &fs::read(&file)?)?;
    println!("{}", issuer.sign(&subject, None, Utc::now().timestamp(), LIFETIME_SECONDS)?);
    Ok(())
}
