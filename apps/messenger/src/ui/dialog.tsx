/**
 * A question in the middle of the screen; Escape and the dimmed area around it mean "no".
 * `holds`: something was written or chosen in it, which no press beside it throws away.
 */
import { useLingui } from "@lingui/react/macro";
import type { ReactNode } from "react";
import { Dialog as AriaDialog, Heading } from "react-aria-components/Dialog";
import { Modal, ModalOverlay } from "react-aria-components/Modal";
import { Button } from "./button.tsx";
import classes from "./dialog.module.css";

export function Dialog(props: {
  title: string;
  holds?: boolean;
  onClose: () => void;
  children: ReactNode;
  actions: ReactNode;
}) {
  const { title, holds = false, onClose, children, actions } = props;
  return (
    <ModalOverlay
      isOpen
      isDismissable={!holds}
      onOpenChange={(open) => !open && onClose()}
      className={classes.overlay ?? ""}
    >
      <Modal className={classes.modal ?? ""}>
        <AriaDialog className={classes.dialog ?? ""}>
          <Heading slot="title" className={classes.title ?? ""}>
            {title}
          </Heading>
          <div className={classes.body}>{children}</div>
          <div className={classes.actions}>{actions}</div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Asks before something that cannot be taken back. */
export function Confirm(props: {
  title: string;
  children: ReactNode;
  action: string;
  danger?: boolean;
  holds?: boolean;
  isPending?: boolean;
  onConfirm: () => void;
  onClose: () => void;
}) {
  const { t } = useLingui();
  const {
    title,
    children,
    action,
    danger = false,
    holds = false,
    isPending = false,
    onConfirm,
    onClose,
  } = props;
  return (
    <Dialog
      title={title}
      holds={holds}
      onClose={onClose}
      actions={
        <>
          <Button kind="quiet" onPress={onClose}>
            {t`Abbrechen`}
          </Button>
          <Button kind={danger ? "danger" : "main"} isPending={isPending} autoFocus onPress={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {children}
    </Dialog>
  );
}
