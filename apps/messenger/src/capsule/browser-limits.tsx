import { Trans } from "@lingui/react/macro";
import classes from "./browser-limits.module.css";

/** What no page can prevent, in plain words: whoever trusts the capsule should know where it ends. */
export function BrowserLimits() {
  return (
    <section className={classes.limits}>
      <h2 className={classes.heading}>
        <Trans>Was ein Browser nicht verhindern kann</Trans>
      </h2>
      <p>
        <Trans>
          Aus NIMes lässt sich nichts kopieren, ziehen, speichern, drucken oder teilen, und über Chats und
          Bildern liegt ein Wasserzeichen mit Name und Uhrzeit. Das hat Grenzen:
        </Trans>
      </p>
      <ul className={classes.list}>
        <li>
          <Trans>
            Bildschirmfotos, Bildschirmaufnahmen und Fernwartung verhindert ein Browser nicht, ein Foto vom
            Bildschirm niemand. Das Wasserzeichen zeigt dann, bei wem und wann es entstand.
          </Trans>
        </li>
        <li>
          <Trans>
            Erweiterungen, Entwicklerwerkzeuge und „Seite speichern“ im Menü des Browsers lesen, was gerade
            auf dem Bildschirm steht.
          </Trans>
        </li>
        <li>
          <Trans>
            Firefox zeigt sein eigenes Menü, wenn beim Rechtsklick die Umschalttaste gedrückt ist. Bilder
            lassen sich darin nicht speichern oder kopieren, die ganze Seite schon.
          </Trans>
        </li>
        <li>
          <Trans>
            Die Bildschirmtastatur liest mit, was getippt wird. Was im Schreibfeld markiert ist, bietet
            manches Telefon zum Übersetzen, Nachschlagen oder Teilen an.
          </Trans>
        </li>
        <li>
          <Trans>
            In der Übersicht der offenen Apps ist NIMes leer. Manche Telefone machen ihr Bild davon, bevor die
            App es erfährt.
          </Trans>
        </li>
        <li>
          <Trans>
            Der Code dieser App kommt vom Server. Wer den Server beherrscht, könnte veränderten Code
            ausliefern; deshalb ist der Code offen und seine Ausführung streng begrenzt.
          </Trans>
        </li>
      </ul>
      <p>
        <Trans>
          Auf Dienstgeräten kann die Geräteverwaltung Bildschirmfotos, Erweiterungen und fremde Tastaturen
          sperren.
        </Trans>
      </p>
    </section>
  );
}
