import { useLayoutEffect, useRef } from "react";

/**
 * A picture that is only shown here. Its address ends as soon as the browser has read it: nothing can be opened in
 * another tab, fetched or saved by it, and at the lock none is left to end. (A canvas can be saved by the browser's
 * menu just the same, and keeps every pixel in memory.)
 * @param props.file the same object for as long as it is the same picture.
 */
export function InsideImage(props: {
  file: Blob;
  alt: string;
  className: string | undefined;
  onUnreadable?: () => void;
}) {
  const { file, alt, className, onUnreadable } = props;
  const image = useRef<HTMLImageElement>(null);
  useLayoutEffect(() => {
    const element = image.current;
    if (!element) return;
    const address = URL.createObjectURL(file);
    const end = () => URL.revokeObjectURL(address);
    element.addEventListener("load", end, { once: true });
    element.addEventListener("error", end, { once: true });
    element.src = address;
    return () => {
      end();
      element.removeEventListener("load", end);
      element.removeEventListener("error", end);
    };
  }, [file]);
  return (
    <img
      ref={image}
      alt={alt}
      className={className}
      draggable={false}
      decoding="async"
      onError={() => onUnreadable?.()}
    />
  );
}
