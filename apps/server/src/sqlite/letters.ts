/** Letters and their attestations in SQLite; every function runs within a transaction of the directory store. */
import { equalBytes } from "@nimes/protocol/bytes";
import { encodeCbor } from "@nimes/protocol/cbor";
import type { UserId } from "@nimes/protocol/ids";
import { sql } from "kysely";
import type { Attested, Letter, NewAttestation, Transfer } from "../core/letters.ts";
import { mayReplace } from "../core/letters.ts";
import type { Desk, Rejudged } from "../ports/directory-store.ts";
import { plainBytes, type Queries } from "./queries.ts";
import { readSigned } from "./stored-signed.ts";

export function sqliteLetters({ build, all, first, run }: Queries) {
  const attestations = build.selectFrom("attestations").selectAll();

  function of(userId: UserId): Letter[] {
    const its = all(
      build.selectFrom("letters").selectAll().where("user_id", "=", userId).orderBy("generation"),
    );
    const attested = all(attestations.where("user_id", "=", userId).orderBy("id"));
    const geneses = all(
      build.selectFrom("devices").select(["activation_key", "genesis"]).where("user_id", "=", userId),
    );
    return its.map((letter) => {
      const genesis = geneses.find((one) => equalBytes(one.activation_key, letter.activation_key))?.genesis;
      return {
        generation: letter.generation,
        deviceClass: letter.device_class,
        activationKey: plainBytes(letter.activation_key),
        activateUntil: letter.activate_until,
        used: letter.used === 1,
        attested: attested
          .filter((one) => equalBytes(one.activation_key, letter.activation_key))
          .map((one) => ({
            unitId: one.unit_id,
            validFrom: one.valid_from,
            attestation: readSigned(one.attestation),
            deskKey: plainBytes(one.desk_key),
            counts: one.counts === 1,
          })),
        ...(genesis && { genesis: readSigned(genesis) }),
      };
    });
  }

  const transfersOf = (userId: UserId): Transfer[] =>
    all(build.selectFrom("transfers").selectAll().where("user_id", "=", userId)).map((row) => ({
      userId,
      generation: row.generation,
      from: row.from_unit,
      to: row.to_unit,
      transfer: readSigned(row.transfer),
      byRoot: row.by_root === 1,
    }));

  function attest(next: NewAttestation): void {
    run(
      build.insertInto("attestations").values({
        user_id: next.userId,
        activation_key: next.activationKey,
        desk_key: next.deskKey,
        unit_id: next.unitId,
        valid_from: next.validFrom,
        attestation: encodeCbor(next.attestation),
      }),
    );
  }

  /** A device follows its letter: revoked while nobody who counts has attested that. */
  function judgeDevices(): Rejudged {
    const counting = sql<number>`EXISTS (SELECT 1 FROM attestations WHERE attestations.user_id = devices.user_id
      AND attestations.activation_key = devices.activation_key AND attestations.counts = 1)`;
    const differing = (revoked: 0 | 1) =>
      all(
        build
          .selectFrom("devices")
          .select("device_id")
          .where("revoked", "=", revoked)
          .where(counting, "=", revoked),
      ).map(({ device_id }) => device_id);
    const rejudged = { revoked: differing(0), restored: differing(1) };
    for (const [revoked, ids] of [
      [1, rejudged.revoked],
      [0, rejudged.restored],
    ] as const)
      for (const id of ids) run(build.updateTable("devices").set({ revoked }).where("device_id", "=", id));
    return rejudged;
  }

  return {
    of,
    ownerOf: (activationKey: Uint8Array): UserId | undefined =>
      first(build.selectFrom("letters").select("user_id").where("activation_key", "=", activationKey))
        ?.user_id,
    transfersOf,
    attest,
    judgeDevices,
    dropAttestation(userId: UserId, { attestation }: Attested): void {
      const row = all(attestations.where("user_id", "=", userId)).find((one) =>
        equalBytes(readSigned(one.attestation).payload, attestation.payload),
      );
      if (row) run(build.deleteFrom("attestations").where("id", "=", row.id));
    },
    replaceUnused(next: NewAttestation): void {
      run(build.deleteFrom("letters").where("user_id", "=", next.userId).where("used", "=", 0));
      run(
        build.insertInto("letters").values({
          user_id: next.userId,
          activation_key: next.activationKey,
          generation: next.generation,
          device_class: next.deviceClass,
          activate_until: next.activateUntil,
        }),
      );
      attest(next);
    },
    markUsed(userId: UserId, activationKey: Uint8Array): void {
      const letter = build.updateTable("letters").set({ used: 1 }).where("user_id", "=", userId);
      run(letter.where("activation_key", "=", activationKey));
    },
    /** @returns whether anything changed. */
    putTransfer(next: Transfer): boolean {
      const known = transfersOf(next.userId).find(
        (one) => one.generation === next.generation && one.from === next.from && one.to === next.to,
      );
      if (!mayReplace(known, next)) return false;
      const key = {
        user_id: next.userId,
        generation: next.generation,
        from_unit: next.from,
        to_unit: next.to,
      };
      const said = {
        transfer: encodeCbor(next.transfer),
        by_root: next.byRoot ? (1 as const) : (0 as const),
      };
      const insert = build.insertInto("transfers").values({ ...key, ...said });
      run(
        insert.onConflict((conflict) =>
          conflict.columns(["user_id", "generation", "from_unit", "to_unit"]).doUpdateSet(said),
        ),
      );
      return true;
    },
    judgeDesks(validUntil: (desk: Desk) => number | undefined): Rejudged {
      const desks = all(build.selectFrom("attestations").select(["desk_key", "unit_id"]).distinct());
      for (const { desk_key, unit_id } of desks) {
        // Before every time there is: a missing key's attestations all stop counting.
        const end = validUntil({ key: plainBytes(desk_key), unitId: unit_id }) ?? -1;
        const its = build
          .updateTable("attestations")
          .where("desk_key", "=", desk_key)
          .where("unit_id", "=", unit_id);
        run(its.set({ counts: 1 }).where("counts", "=", 0).where("valid_from", "<=", end));
        run(its.set({ counts: 0 }).where("counts", "=", 1).where("valid_from", ">", end));
      }
      return judgeDevices();
    },
    attestedBy(deskKey: Uint8Array, { after, limit }: { after: number; limit: number }) {
      const rows = all(
        build
          .selectFrom("attestations")
          .selectAll()
          .where("desk_key", "=", deskKey)
          .where("id", ">", after)
          .orderBy("id")
          .limit(limit),
      );
      return rows.map((row) => {
        const letter = build.selectFrom("letters").select("used").where("user_id", "=", row.user_id);
        const used = first(letter.where("activation_key", "=", row.activation_key))?.used === 1;
        return { at: row.id, attestation: readSigned(row.attestation), used };
      });
    },
  };
}
