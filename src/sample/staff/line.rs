//! A line of fields with semicolons between them, built without asking for room each time.

/// A line that is being built.
#[derive(Debug, Default)]
pub(super) struct Line(String);

impl Line {
    /// Starts again.
    pub(super) fn clear(&mut self) -> &mut Self {
        self.0.clear();
        self
    }

    /// Adds a field.
    pub(super) fn text(&mut self, text: &str) -> &mut Self {
        self.separate();
        self.0.push_str(text);
        self
    }

    /// Adds a whole number of at least `width` digits.
    pub(super) fn number(&mut self, number: impl Into<u64>, width: usize) -> &mut Self {
        self.separate();
        self.digits(number.into(), width);
        self
    }

    /// Adds a number of which the last `decimals` digits stand behind a sign.
    pub(super) fn decimal(&mut self, number: impl Into<u64>, decimals: u32, sign: char) -> &mut Self {
        let (number, unit) = (number.into(), 10u64.pow(decimals));
        self.number(number / unit, 1);
        self.0.push(sign);
        self.digits(number % unit, super::sums::place(decimals));
        self
    }

    /// Adds digits to the last field.
    pub(super) fn digits(&mut self, mut number: u64, width: usize) -> &mut Self {
        let mut digits = [b'0'; 20];
        let mut first = digits.len();
        while number > 0 || digits.len() - first < width {
            first -= 1;
            digits[first] += u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
        }
        self.0
            .push_str(std::str::from_utf8(&digits[first..]).unwrap_or_default());
        self
    }

    /// Adds text to the last field.
    pub(super) fn more(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self
    }

    /// The line so far.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    fn separate(&mut self) {
        if !self.0.is_empty() {
            self.0.push(';');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_have_semicolons_between_them() {
        let mut line = Line::default();
        line.number(7u32, 9)
            .text("A")
            .decimal(1234u32, 4, ',')
            .decimal(98_705u32, 2, '.')
            .number(0u32, 1);
        assert_eq!(line.as_str(), "000000007;A;0,1234;987.05;0");
        assert_eq!(line.clear().text("").digits(5, 2).more("V").as_str(), "05V");
    }
}
