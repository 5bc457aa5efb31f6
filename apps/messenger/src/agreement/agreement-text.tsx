import { Trans } from "@lingui/react/macro";
import type { Agreement } from "@nimes/client/nimes-client";
import { useSettings } from "../model/context.tsx";
import { dateOnly } from "../texts/times.ts";
import classes from "./agreement.module.css";

/** The usage agreement in the language of the app, as plain text. */
export function AgreementText({ agreement }: { agreement: Agreement }) {
  const { language } = useSettings();
  const { title, sections } = agreement[language];
  return (
    <article className={classes.text} lang={language}>
      <h2 className={classes.title}>{title}</h2>
      <p className={classes.version}>
        <Trans>
          Fassung {agreement.version}, gültig ab {dateOnly(agreement.validFrom, language)}
        </Trans>
      </p>
      {sections.map(({ heading, paragraphs }) => (
        <section key={heading} className={classes.section}>
          <h3>{heading}</h3>
          {paragraphs.map((paragraph) => (
            <p key={paragraph}>{paragraph}</p>
          ))}
        </section>
      ))}
    </article>
  );
}
