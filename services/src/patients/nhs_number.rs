//! The NHS number of England, Wales and the Isle of Man: ten digits, the last a check digit.

/// Reads an NHS number as people write it, `943 476 5919` or `943-476-5919`, and gives ten digits.
///
/// The check is modulus 11 with weights 10 to 2 (NHS Data Dictionary, NHS NUMBER). A number of ten
/// equal digits passes the check and is never issued, so it is refused.
pub fn parse(text: &str) -> Option<String> {
    let compact = ungroup(text.trim())?;
    let digits: Vec<u32> = compact.chars().filter_map(|c| c.to_digit(10)).collect();
    if digits.len() != 10 || digits.iter().all(|digit| *digit == digits[0]) {
        return None;
    }
    (check_digit(&digits[..9]) == digits[9]).then_some(compact)
}

/// The NHS number that begins with these nine digits, where there is one: one beginning in eleven has
/// no check digit.
pub fn complete(beginning: &str) -> Option<String> {
    let digits: Vec<u32> = beginning.chars().filter_map(|c| c.to_digit(10)).collect();
    parse(&format!("{beginning}{}", check_digit(&digits)))
}

/// 10 stands for a number that cannot be.
fn check_digit(digits: &[u32]) -> u32 {
    let sum: u32 = digits.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    (11 - sum % 11) % 11
}

/// Takes away one kind of separator between groups of 3, 3 and 4; anything else is not a number.
fn ungroup(text: &str) -> Option<String> {
    if text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    let separator =
        text.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, ' ' | '-'))?;
    let groups: Vec<&str> = text.split(separator).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let digits = groups.concat();
    let plain = lengths == [3, 3, 4] && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let cases = [
            ("9434765919", Some("9434765919")),
            ("943 476 5919", Some("9434765919")),
            ("943-476-5919", Some("9434765919")),
            ("943-476 5919", None),
            ("9434 765919", None),
            ("9434765918", None),
            ("0000000000", None),
            ("1111111111", None),
            ("943476591", None),
            ("94347659190", None),
            ("943476591a", None),
            ("", None),
        ];
        for (text, number) in cases {
            assert_eq!(parse(text).as_deref(), number, "{text:?}");
        }
    }
}
