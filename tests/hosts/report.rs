//! A line for each check, and how it all ended.

/// Counts and prints.
pub struct Report {
    required: bool,
    passed: usize,
    failed: usize,
}

impl Report {
    pub fn new(required: bool) -> Self {
        Report { required, passed: 0, failed: 0 }
    }

    /// Prints what became of one check; whether it holds.
    pub fn check(&mut self, name: &str, outcome: Result<(), String>) -> bool {
        match &outcome {
            Ok(()) => {
                self.passed += 1;
                println!("ok     {name}");
            }
            Err(why) => {
                self.failed += 1;
                println!("FAILED {name}\n       {}", why.trim_end().replace('\n', "\n       "));
            }
        }
        outcome.is_ok()
    }

    /// Something worth knowing that cannot fail.
    pub fn note(&self, text: &str) {
        println!("       {text}");
    }

    /// Says that suites did not run because a tool is not there.
    pub fn left_out(&mut self, tool: &str, suites: &str) {
        if self.required {
            self.check(&format!("{tool} is installed"), Err(format!("without it these host suites cannot run: {suites}")));
        } else {
            println!("!!!!!! these host suites did NOT run, {tool} is not installed: {suites}");
            println!("!!!!!! this installs it and runs everything: tests/run.sh");
        }
    }

    /// The exit code.
    pub fn finish(self) -> i32 {
        println!("{} passed, {} failed", self.passed, self.failed);
        i32::from(self.failed > 0)
    }
}
