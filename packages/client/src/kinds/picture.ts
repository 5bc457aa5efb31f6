import type { PictureBody } from "@nimes/protocol/content/picture";
import { readPicture, thumbnailBounds } from "../core/picture-bounds.ts";
import { asRow, type RowKind } from "./kind.ts";

export type ShownPicture = {
  kind: "picture";
  caption: string;
  width: number;
  height: number;
  /** Encoded picture, shown at once. */
  thumbnail: Uint8Array;
  thumbnailType: string;
  sizeBytes: number;
};

export const picture: RowKind<PictureBody, ShownPicture, { kind: "picture"; caption: string }> = {
  stands: "row",
  apply: asRow,
  show(body) {
    // A sender can put anything where a thumbnail belongs; what is no small picture never reaches the page (B4).
    const thumbnail = readPicture(body.thumbnail, thumbnailBounds);
    return {
      kind: "picture",
      caption: body.caption,
      width: body.width,
      height: body.height,
      thumbnail: thumbnail.ok ? body.thumbnail : new Uint8Array(0),
      thumbnailType: thumbnail.ok ? thumbnail.value : "image/jpeg",
      sizeBytes: body.size,
    };
  },
  file: (body) => body,
  preview: ({ caption }) => ({ kind: "picture", caption }),
};
