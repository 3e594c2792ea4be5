import { useEffect, useState, type FocusEvent } from 'react';
import { presence } from '../api/presence';

/** Others see that one edits what the page shows while this holds, such as while something is typed and not saved. */
export function useEditing(isEditing: boolean): void {
  useEffect(() => isEditing ? presence.edit() : undefined, [isEditing]);
}

/** For an element within which whoever has the focus in a field that can be written in edits what the page shows. */
export function useEditingWithin() {
  const [isWithin, setWithin] = useState(false);
  useEditing(isWithin);
  return {
    onFocus: (event: FocusEvent) => setWithin(isWritable(event.target)),
    onBlur: () => setWithin(false),
  };
}

function isWritable(target: Element): boolean {
  if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement)
    return !target.readOnly || target.ariaHasPopup !== null; // the field of a choice takes no letters
  return target instanceof HTMLSelectElement || (target instanceof HTMLElement && target.isContentEditable);
}
