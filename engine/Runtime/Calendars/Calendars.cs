using System.Collections.Concurrent;
using System.Text.Json.Nodes;

using Switchboard.Domain.Calendars;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Artefacts.Kinds;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Templates;

namespace Switchboard.Runtime.Calendars;

/// <summary>
/// Which business calendar counts for a record: that of its site, else the tenant's standard one in the site's time zone.
/// </summary>
public sealed class BusinessCalendars(PublishedArtefacts artefacts)
{
    private const string Standard = "standard";

    /// <summary>A tenant edits one calendar now and then; beyond this the oldest world is forgotten.</summary>
    private const int MostRead = 1_000;

    private readonly ConcurrentDictionary<string, CalendarContent> read = new();

    public async ValueTask<BusinessCalendar> OfAsync(RecordView view, CancellationToken ct)
    {
        var site = await SubjectModel.FindAsync<Site>(view, ct);
        if (site?.BusinessHours is JsonObject hours)
            return BusinessCalendar.Of(site.Timezone, hours, site.Holidays as JsonArray);
        var version = artefacts.Find(view.TenantId, "calendar", Standard, view.Now)
            ?? throw new InvalidOperationException("The shipped calendar 'standard' is missing.");
        view.Used(version.Name, version.Hash);
        if (read.Count > MostRead)
            read.Clear();
        return read.GetOrAdd(version.Hash, _ => CalendarContent.Of(version.Content)).For(site?.Timezone, site?.Holidays as JsonArray);
    }
}
