using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
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

    private readonly ConcurrentDictionary<string, StandardCalendar> standards = new();

    /// <summary>Of sites with hours of their own.</summary>
    private readonly ConditionalWeakTable<Site, BusinessCalendar> own = [];

    public async ValueTask<BusinessCalendar> OfAsync(RecordView view, CancellationToken ct)
    {
        var site = await SubjectModel.FindAsync<Site>(view, ct);
        if (site is { BusinessHours: JsonObject })
            return Made(view, site, own, OfHours);
        var version = artefacts.Find(view.TenantId, "calendar", Standard, view.Now)
            ?? throw new InvalidOperationException("The shipped calendar 'standard' is missing.");
        view.Used(version.Name, version.Hash);
        var standard = standards.GetOrMake(version.Hash, MostRead, _ => new StandardCalendar(CalendarContent.Of(version.Content)));
        return site is null ? standard.Siteless : Made(view, site, standard.Sites, standard.Of);
    }

    /// <summary>A record that is read is shared and never changed, so what was made of it holds; the burst's own copy may change.</summary>
    private static BusinessCalendar Made(
        RecordView view, Site site, ConditionalWeakTable<Site, BusinessCalendar> made, ConditionalWeakTable<Site, BusinessCalendar>.CreateValueCallback make) =>
        site == view.Subject ? make(site) : made.GetValue(site, make);

    private static BusinessCalendar OfHours(Site site) =>
        BusinessCalendar.Of(site.Timezone, (JsonObject)site.BusinessHours!, site.Holidays as JsonArray);

    /// <summary>A version of the standard calendar, and what was made of it for each site.</summary>
    private sealed class StandardCalendar(CalendarContent content)
    {
        private readonly Lazy<BusinessCalendar> siteless = new(() => content.For(null, null));

        public ConditionalWeakTable<Site, BusinessCalendar> Sites { get; } = [];

        public BusinessCalendar Siteless => siteless.Value;

        public BusinessCalendar Of(Site site) => content.For(site.Timezone, site.Holidays as JsonArray);
    }
}
