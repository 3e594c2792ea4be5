const Hour = 3_600_000;

/** Times that people mean by a word, in their own zone. What lies no more within the day, or is the same as another, is not among them. */
export function snoozePresets(now: Date): readonly { readonly key: 'later' | 'tomorrow' | 'monday'; readonly at: Date }[] {
  const later = new Date(Math.ceil((now.getTime() + 3 * Hour) / (Hour / 2)) * (Hour / 2));
  const tomorrow = morning(now, 1);
  const monday = morning(now, (8 - now.getDay()) % 7 || 7);
  return [
    ...(later.getDate() === now.getDate() ? [{ key: 'later' as const, at: later }] : []),
    { key: 'tomorrow', at: tomorrow },
    ...(monday.getTime() === tomorrow.getTime() ? [] : [{ key: 'monday' as const, at: monday }]),
  ];
}

function morning(now: Date, inDays: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + inDays, 9);
}

/** Whether a task is put aside at this moment. */
export function isWaiting(task: { readonly status: string; readonly followUpAt: string | null }, now: number): boolean {
  return (task.status === 'open' || task.status === 'claimed') && task.followUpAt !== null && new Date(task.followUpAt).getTime() > now;
}
