/** Routes of encrypted attachments: an upload in parts that goes on where it stopped, and its way back. */
import * as Type from "typebox";
import { limits } from "../limits.ts";
import { AttachmentIdText, Closed, Count, RoomIdText } from "../schema.ts";
import { route } from "./route.ts";
import { QueryCount } from "./second-step-routes.ts";

const AttachmentParams = Closed({ attachmentId: AttachmentIdText });
const AttachmentState = Closed({ size: Count, received: Count, complete: Type.Boolean() });

export const attachmentRoutes = {
  postAttachment: route({
    method: "POST",
    path: "/v1/attachments",
    summary: "Begins an upload for members of a room",
    access: "opened",
    body: Closed({
      roomId: RoomIdText,
      /** Chosen by the device at random, so that beginning again is safe (P6). */
      attachmentId: AttachmentIdText,
      /** Encrypted size in bytes. */
      size: Type.Integer({ minimum: 1, maximum: limits.maxAttachmentBytes * 1.01 }),
    }),
    answer: AttachmentState,
    errors: ["not-a-member", "quota", "forbidden"],
  }),
  putAttachmentPart: route({
    method: "PUT",
    path: "/v1/attachments/:attachmentId",
    summary: "Appends bytes at an offset; `upload-offset` tells to ask where to go on",
    access: "opened",
    params: AttachmentParams,
    query: Closed({ offset: QueryCount }),
    body: { bytes: limits.maxUploadPartBytes },
    answer: AttachmentState,
    errors: ["not-found", "upload-offset"],
  }),
  getAttachmentState: route({
    method: "GET",
    path: "/v1/attachments/:attachmentId/state",
    summary: "How much of an upload has arrived",
    access: "opened",
    params: AttachmentParams,
    answer: AttachmentState,
    errors: ["not-found"],
  }),
  getAttachment: route({
    method: "GET",
    path: "/v1/attachments/:attachmentId",
    summary: "Encrypted bytes of a complete attachment, from an offset, at most one part",
    access: "opened",
    params: AttachmentParams,
    query: Closed({ offset: QueryCount }),
    answer: "bytes",
    errors: ["not-found"],
  }),
  deleteAttachment: route({
    method: "DELETE",
    path: "/v1/attachments/:attachmentId",
    summary: "Takes back an upload of this device",
    access: "opened",
    params: AttachmentParams,
    answer: Closed({}),
    errors: ["not-found"],
  }),
} as const;
