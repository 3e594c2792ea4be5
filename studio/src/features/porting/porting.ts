import { queryOptions } from '@tanstack/react-query';
import { api } from '../../api/client';
import { queryClient } from '../../api/query';
import type { AnyRecord } from '../../api/records';

/** One migration as `GET /api/migrations/dashboard` counts it. */
export interface MigrationRow {
  readonly id: string;
  readonly name: string;
  readonly site: string;
  readonly status: string;
  readonly totalNumbers: number;
  readonly portedNumbers: number;
  readonly totalUsers: number;
  readonly configuredUsers: number;
  readonly progress: number;
  readonly targetDate: string | null;
  readonly daysLeft: number | null;
}

export interface Migration extends AnyRecord {
  readonly name: string;
  readonly siteId: string;
  readonly status: string;
  readonly routingType: string | null;
  readonly targetCarrier: string | null;
  readonly targetDate: string | null;
  readonly totalNumbers: number;
  readonly portedNumbers: number;
  readonly totalUsers: number;
  readonly configuredUsers: number;
  readonly progress: number;
}

export interface Site extends AnyRecord {
  readonly name: string;
  readonly address: string | null;
  readonly city: string | null;
  readonly timezone: string;
  readonly businessHours: Readonly<Record<string, readonly { readonly open: string; readonly close: string }[] | null>> | null;
  readonly holidays: readonly { readonly name: string; readonly date: string }[] | null;
}

export interface PhoneNumber extends AnyRecord {
  readonly number: string;
  readonly type: string;
  readonly migrationId: string;
  readonly endUserId: string | null;
  readonly resourceAccountId: string | null;
  readonly currentCarrier: string | null;
  readonly status: string;
  readonly attempt: number;
  readonly rejectionCode: string | null;
  readonly loaSubmittedAt: string | null;
  readonly focDate: string | null;
  readonly portDate: string | null;
  readonly portedAt: string | null;
  readonly verifiedAt: string | null;
}

export interface PortingSummary {
  readonly total: number;
  readonly byStatus: Readonly<Record<string, number>>;
}

/** Counted from numbers and users too, so no list of records: `useEvents` says when it is old. */
export const dashboardQuery = queryOptions({
  queryKey: ['porting', 'dashboard'],
  queryFn: ({ signal }) => api<readonly MigrationRow[]>('/api/migrations/dashboard', { signal }),
});

export const summaryQuery = (migrationId: string) => queryOptions({
  queryKey: ['porting', 'summary', migrationId],
  queryFn: ({ signal }) => api<PortingSummary>(`/api/migrations/${migrationId}/porting-summary`, { signal }),
});

/** Ends when the new counts are there. */
export async function recount(): Promise<void> {
  await Promise.all(['dashboard', 'summary', 'timeline'].map(view => queryClient.invalidateQueries({ queryKey: ['porting', view] })));
}

export function countedAgain(): void {
  void recount();
}
