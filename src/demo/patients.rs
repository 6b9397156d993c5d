//! Invented patients. Steps through lists of names with strides that share no factor with the lists'
//! lengths, so that the combinations look mixed and are the same every time.

use entity::patients::patient::Sex;
use services::patients::{Address, NewPatient, complete_nhs_number};

const WOMEN: [&str; 17] = [
    "Amelia",
    "Beatrice",
    "Chloë",
    "Dorothy",
    "Eleanor",
    "Fatima",
    "Grace",
    "Hannah",
    "Ingrid",
    "Jasmine",
    "Katarzyna",
    "Layla",
    "María",
    "Niamh",
    "Olivia",
    "Priya",
    "Zoë",
];
const MEN: [&str; 17] = [
    "Arthur", "Björn", "Callum", "David", "Emeka", "Felix", "George", "Hugo", "Ibrahim", "José",
    "Kofi", "Liam", "Mateusz", "Noah", "Oscar", "Ravi", "Søren",
];
const LAST: [&str; 31] = [
    "Adeyemi",
    "Baker",
    "Carter",
    "Davies",
    "Evans",
    "Fernández",
    "Gómez",
    "Hughes",
    "Iqbal",
    "Jones",
    "Kowalska",
    "Lindström",
    "McDonald",
    "Nguyen",
    "O'Brien",
    "Patel",
    "Quinn",
    "Robinson",
    "Smith",
    "Taylor",
    "Usman",
    "van der Berg",
    "Walker",
    "Xu",
    "Young",
    "Zieliński",
    "Brown",
    "Clarke",
    "Fraser",
    "Khan",
    "Murphy",
];
const STREETS: [&str; 13] = [
    "High Street",
    "Station Road",
    "Church Lane",
    "Mill Road",
    "Park Avenue",
    "Victoria Street",
    "Green Lane",
    "Harbour Row",
    "Lake View",
    "Orchard Close",
    "School Hill",
    "Bridge Street",
    "Elm Grove",
];

/// So many patients of one clinic.
pub fn generate(slug: &str, country: &str, count: usize) -> Vec<NewPatient> {
    (0..count).map(|number| patient(slug, country, number)).collect()
}

fn patient(slug: &str, country: &str, number: usize) -> NewPatient {
    let sex = match number % 25 {
        24 => Sex::Other,
        even if even % 2 == 0 => Sex::Female,
        _ => Sex::Male,
    };
    let firsts = if sex == Sex::Male { &MEN } else { &WOMEN };
    let first = firsts[(number * 5 + 3) % firsts.len()];
    let last = LAST[(number * 12) % LAST.len()];
    let year = 1932 + (number * 37) % 91;
    let (month, day) = (1 + (number * 5) % 12, 1 + (number * 11) % 28);
    let folded = |name: &str| name.to_lowercase().replace([' ', '\''], "");
    let email = format!("{}.{}{number}@example.org", folded(first), folded(last));
    let (city, postal_code, phone) = match country {
        "GB" => ("Plymouth", format!("PL{} {}AB", 1 + number % 9, number % 10), gb_phone(number)),
        _ => ("Madison", format!("{:05}", 53_700 + number % 100), us_phone(number)),
    };
    NewPatient {
        prefix: None,
        first_name: first.to_owned(),
        middle_name: None,
        last_name: last.to_owned(),
        suffix: None,
        maiden_name: None,
        preferred_name: None,
        birth_date: format!("{year:04}-{month:02}-{day:02}"),
        deceased_on: (number % 40 == 39).then(|| "2024-03-01".to_owned()),
        sex,
        email: email.is_ascii().then_some(email),
        phone: (number % 10 != 7).then_some(phone),
        address: Address {
            line1: Some(format!("{} {}", 1 + number % 120, STREETS[(number * 7) % STREETS.len()])),
            city: Some(city.to_owned()),
            postal_code: Some(postal_code),
            country: Some(country.to_owned()),
            ..Address::default()
        },
        // 999 begins the range that is never issued.
        nhs_number: (country == "GB")
            .then(|| complete_nhs_number(&format!("999{number:06}")))
            .flatten(),
        external_source: Some("demo".to_owned()),
        external_id: Some(format!("{slug}-{number:04}")),
        metadata: None,
    }
}

/// Ofcom's numbers for drama.
fn gb_phone(number: usize) -> String {
    format!("07700 900{:03}", number % 1000)
}

/// The 555-01xx numbers for fiction.
fn us_phone(number: usize) -> String {
    format!("(608) 555-01{:02}", number % 100)
}
