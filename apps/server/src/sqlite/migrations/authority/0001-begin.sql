-- What must never go back: who is who, second steps, and what the organisation has ordered.
CREATE TABLE authority.manifests (
  version INTEGER PRIMARY KEY,
  signed BLOB NOT NULL,
  -- Place among the changes of the directory.
  sequence INTEGER NOT NULL
) STRICT;

CREATE TABLE authority.users (
  user_id TEXT PRIMARY KEY,
  sequence INTEGER NOT NULL UNIQUE
) STRICT;

CREATE TABLE authority.letters (
  user_id TEXT NOT NULL REFERENCES users,
  activation_key BLOB NOT NULL,
  generation INTEGER NOT NULL,
  device_class TEXT NOT NULL,
  activate_until INTEGER NOT NULL,
  used INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (user_id, activation_key)
) STRICT, WITHOUT ROWID;

-- Several for one letter, when another desk of the unit has attested it again.
CREATE TABLE authority.attestations (
  id INTEGER PRIMARY KEY,
  user_id TEXT NOT NULL,
  activation_key BLOB NOT NULL,
  desk_key BLOB NOT NULL,
  unit_id TEXT NOT NULL,
  valid_from INTEGER NOT NULL,
  attestation BLOB NOT NULL,
  counts INTEGER NOT NULL DEFAULT 1,
  FOREIGN KEY (user_id, activation_key) REFERENCES letters ON DELETE CASCADE
) STRICT;
CREATE INDEX authority.attestations_of_letter ON attestations (user_id, activation_key);
CREATE INDEX authority.attestations_of_desk ON attestations (desk_key, unit_id, user_id);

CREATE TABLE authority.transfers (
  user_id TEXT NOT NULL,
  generation INTEGER NOT NULL,
  from_unit TEXT NOT NULL,
  to_unit TEXT NOT NULL,
  transfer BLOB NOT NULL,
  by_root INTEGER NOT NULL,
  PRIMARY KEY (user_id, generation, from_unit, to_unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE authority.devices (
  device_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL REFERENCES users,
  client_id TEXT NOT NULL,
  device_key BLOB NOT NULL,
  device_class TEXT NOT NULL,
  genesis BLOB NOT NULL,
  activation_key BLOB NOT NULL,
  generation INTEGER NOT NULL,
  -- The highest version, of what counts, that was accepted on it.
  accepted_agreement INTEGER NOT NULL DEFAULT 0,
  ended INTEGER NOT NULL DEFAULT 0,
  revoked INTEGER NOT NULL DEFAULT 0,
  locked INTEGER NOT NULL DEFAULT 0,
  destroyed INTEGER NOT NULL DEFAULT 0,
  -- Tokens issued up to then are worth nothing.
  signed_out_at INTEGER NOT NULL DEFAULT 0,
  -- Of the last item that its inbox ever held.
  inbox_sequence INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX authority.devices_of_user ON devices (user_id);
CREATE INDEX authority.devices_of_letter ON devices (user_id, activation_key);

CREATE TABLE authority.pin_records (
  device_id TEXT PRIMARY KEY REFERENCES devices,
  -- Under a key that stands apart from this file.
  sealed BLOB NOT NULL
) STRICT;

CREATE TABLE authority.pin_attempts (
  device_id TEXT NOT NULL REFERENCES devices,
  attempt_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  request_hash BLOB NOT NULL,
  sealed BLOB NOT NULL,
  started_at INTEGER NOT NULL,
  finished_at INTEGER,
  counted INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (device_id, attempt_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE authority.pin_registrations (
  registration_id TEXT PRIMARY KEY,
  -- A letter or a sign-in.
  owner TEXT NOT NULL,
  -- May not exist yet.
  device_id TEXT NOT NULL,
  -- The credential identifier, under a key that stands apart from this file.
  sealed BLOB NOT NULL,
  started_at INTEGER NOT NULL,
  -- Of the record that it was used for.
  record_hash BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX authority.pin_registrations_by_owner ON pin_registrations (owner);

CREATE TABLE authority.passkeys (
  device_id TEXT PRIMARY KEY REFERENCES devices,
  credential_id TEXT NOT NULL,
  public_key BLOB NOT NULL,
  counter INTEGER NOT NULL,
  sealed_share BLOB NOT NULL,
  added_at INTEGER NOT NULL
) STRICT;

CREATE TABLE authority.passkey_challenges (
  device_id TEXT NOT NULL REFERENCES devices,
  purpose TEXT NOT NULL,
  challenge TEXT NOT NULL,
  made_at INTEGER NOT NULL,
  PRIMARY KEY (device_id, purpose)
) STRICT, WITHOUT ROWID;

-- Whose rules and orders count says the newest manifest: what a key signed that was struck out stays, and counts no more.
CREATE TABLE authority.rule_keys (
  role TEXT NOT NULL,
  key BLOB NOT NULL,
  PRIMARY KEY (role, key)
) STRICT, WITHOUT ROWID;

-- Versions and sequences rise among what counts, so two keys may have signed the same number.
CREATE TABLE authority.agreements (
  version INTEGER NOT NULL,
  signer BLOB NOT NULL,
  valid_from INTEGER NOT NULL,
  signed BLOB NOT NULL,
  PRIMARY KEY (version, signer)
) STRICT;

-- The first acceptance of a device stands in its genesis.
CREATE TABLE authority.acceptances (
  device_id TEXT NOT NULL REFERENCES devices,
  version INTEGER NOT NULL,
  signer BLOB NOT NULL,
  signed BLOB NOT NULL,
  PRIMARY KEY (device_id, version, signer)
) STRICT, WITHOUT ROWID;

CREATE TABLE authority.policies (
  version INTEGER NOT NULL,
  signer BLOB NOT NULL,
  private_allowed INTEGER NOT NULL,
  signed BLOB NOT NULL,
  PRIMARY KEY (version, signer)
) STRICT;

CREATE TABLE authority.orders (
  device_id TEXT NOT NULL REFERENCES devices,
  sequence INTEGER NOT NULL,
  signer BLOB NOT NULL,
  kind TEXT NOT NULL,
  signed BLOB NOT NULL,
  receipt BLOB,
  PRIMARY KEY (device_id, sequence, signer)
) STRICT, WITHOUT ROWID;

CREATE VIEW authority.counting_agreements AS
  SELECT agreements.* FROM agreements JOIN rule_keys ON role = 'policy' AND key = signer;
CREATE VIEW authority.counting_acceptances AS
  SELECT acceptances.* FROM acceptances JOIN rule_keys ON role = 'policy' AND key = signer;
CREATE VIEW authority.counting_policies AS
  SELECT policies.* FROM policies JOIN rule_keys ON role = 'policy' AND key = signer;
CREATE VIEW authority.counting_orders AS
  SELECT orders.* FROM orders JOIN rule_keys ON role = 'revocation' AND key = signer;

-- See twins.ts.
CREATE TABLE authority.twin (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  lineage BLOB NOT NULL,
  mark INTEGER NOT NULL,
  generation INTEGER NOT NULL
) STRICT;
