import { Plural, Trans, useLingui } from "@lingui/react/macro";
import { letterCode } from "@nimes/protocol/letter-code";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { privateField } from "../capsule/private-field.ts";
import { Button } from "../ui/button.tsx";
import classes from "./activation-screen.module.css";
import type { CodeProblem, CodeText } from "./code-text.ts";
import { arrangeCode, findProblem, rangeOf, rightGroups } from "./code-text.ts";

/** The letter's code, typed or pasted: it stands in groups, and the group that is wrong is named while one types. */
export function CodeField(props: { takesFocus: boolean; onLetter: (text: string) => void }) {
  const { t } = useLingui();
  const { takesFocus, onLetter } = props;
  const id = useId();
  const field = useRef<HTMLTextAreaElement>(null);
  const [code, setCode] = useState<CodeText>({ text: "", caret: 0 });
  const [wasSent, setSent] = useState(false);
  const { text } = code;
  const isLink = text.includes("#");
  const problem = isLink ? undefined : findProblem(text, wasSent);
  const right = rightGroups(text);

  // What was typed was put into groups: the browser would move the caret to the end.
  useLayoutEffect(() => {
    const { current } = field;
    if (current && document.activeElement === current && current.selectionStart !== code.caret)
      current.setSelectionRange(code.caret, code.caret);
  }, [code]);
  const arrange = ({ value, selectionStart }: HTMLTextAreaElement) =>
    setCode(arrangeCode(value, selectionStart));

  useEffect(() => {
    if (takesFocus) field.current?.focus();
  }, [takesFocus]);

  const send = () => {
    const inTheWay = isLink ? undefined : findProblem(text, true);
    if (!inTheWay) return onLetter(text);
    setSent(true);
    field.current?.focus();
    if (inTheWay.problem === "wrong") field.current?.setSelectionRange(...rangeOf(inTheWay.place));
  };

  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (text !== "") send();
      }}
    >
      <label htmlFor={id} className={classes.label}>
        <Trans>Code aus dem Brief</Trans>
      </label>
      <p className={classes.hint} id={`${id}-hint`}>
        <Trans>{letterCode.groups} Gruppen. Abstände und Groß- oder Kleinschreibung sind gleichgültig.</Trans>
      </p>
      <textarea
        {...privateField}
        ref={field}
        id={id}
        aria-describedby={`${id}-hint ${id}-state`}
        aria-invalid={problem !== undefined}
        className={classes.field}
        rows={3}
        value={text}
        autoCapitalize="characters"
        enterKeyHint="go"
        onChange={({ target, nativeEvent }) => {
          setSent(false);
          // Some keyboards go on writing over what they have begun: it is put into groups when they are done.
          if (nativeEvent instanceof InputEvent && nativeEvent.isComposing)
            setCode({ text: target.value, caret: target.selectionStart });
          else arrange(target);
        }}
        onCompositionEnd={({ currentTarget }) => arrange(currentTarget)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.nativeEvent.isComposing) return;
          event.preventDefault();
          if (text !== "") send();
        }}
      />
      <div id={`${id}-state`}>
        <p className={classes.problem} role="alert">
          {problem ? <Problem problem={problem} /> : null}
        </p>
        <p className={classes.hint} role="status">
          {right > 0 && !problem ? (
            <Plural value={right} one={`# von 13 Gruppen stimmt.`} other={`# von 13 Gruppen stimmen.`} />
          ) : null}
        </p>
      </div>
      <Button kind={right === letterCode.groups ? "main" : "plain"} type="submit" isDisabled={text === ""}>
        {t`Weiter`}
      </Button>
    </form>
  );
}

function Problem({ problem }: { problem: CodeProblem }) {
  switch (problem.problem) {
    case "wrong":
      return (
        <Trans>
          Gruppe {problem.place} stimmt nicht: {problem.group}. Bitte mit dem Brief vergleichen.
        </Trans>
      );
    case "unfinished":
      return <Trans>Der Code ist noch nicht vollständig: weiter mit Gruppe {problem.place}.</Trans>;
    case "too-long":
      return <Trans>Das sind mehr als {letterCode.groups} Gruppen: Etwas steht doppelt da.</Trans>;
  }
}
