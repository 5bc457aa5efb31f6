-- A letter is found by the key that its secret makes: a code holds no officer.
CREATE INDEX authority.letters_by_key ON letters (activation_key);
