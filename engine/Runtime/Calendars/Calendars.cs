using System.Text;
using System.Text.Json.Nodes;

using Switchboard.Domain.Calendars;
using Switchboard.Domain.Porting;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Bursts;
using Switchboard.Runtime.Templates;

using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Switchboard.Runtime.Calendars;

/// <summary>Which business calendar counts for a record: that of its site, else the standard one in the site's time zone.</summary>
public sealed class BusinessCalendars
{
    private readonly CalendarFile standard;

    public BusinessCalendars(ShippedArtefacts shipped)
    {
        var artefact = shipped.Find("calendar", "standard") ?? throw new InvalidOperationException("The shipped calendar 'standard' is missing.");
        standard = new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build()
            .Deserialize<CalendarFile>(Encoding.UTF8.GetString(artefact.Content.Span));
    }

    public async ValueTask<BusinessCalendar> OfAsync(RecordView view, CancellationToken ct)
    {
        var site = await SubjectModel.FindAsync<Site>(view, ct);
        var zone = site?.Timezone ?? standard.Timezone;
        return site?.BusinessHours is JsonObject hours
            ? BusinessCalendar.Of(zone, hours, site.Holidays as JsonArray)
            : BusinessCalendar.Of(zone, standard.ToHours(), site?.Holidays as JsonArray);
    }

    private sealed class CalendarFile
    {
        public string Name { get; set; } = "";

        public string Timezone { get; set; } = "UTC";

        public Dictionary<string, List<Dictionary<string, string>>> Hours { get; set; } = [];

        public List<Dictionary<string, string>> Holidays { get; set; } = [];

        public JsonObject ToHours() => new(Hours.Select(day => KeyValuePair.Create<string, JsonNode?>(
            day.Key, new JsonArray([.. day.Value.Select(interval => (JsonNode)new JsonObject { ["open"] = interval["open"], ["close"] = interval["close"] })]))));
    }
}
