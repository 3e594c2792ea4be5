using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Switchboard.Domain.Webhooks;

/// <summary>
/// A receiver outside that is told what happens in the tenant. Its secret, and how far it has been told, are kept apart: no
/// list, export or history shows them.
/// </summary>
[RecordType("webhooks")]
public sealed partial class Webhook : Record
{
    private const int MaxTypes = 100;
    private const int MaxTypeLength = 200;

    /// <summary>Top-level names that no public DNS has, so that plain HTTP to them stays in the house (RFC 6761, RFC 6762, RFC 8375, ICANN's .internal).</summary>
    private static readonly string[] HouseNames = [".localhost", ".local", ".internal", ".home.arpa"];

    /// <summary>https; http alone for receivers in the service's own network, which whoever runs the service must allow.</summary>
    [Required, MaxLength(2000), Searched]
    public string Url { get; set; } = "";

    [MaxLength(500)]
    public string? Description { get; set; }

    /// <summary>A list of types of events: <c>phone-numbers.updated</c>, <c>phone-numbers.*</c> or <c>*</c>, which is everything and the default.</summary>
    [Json]
    public JsonNode Types { get; set; } = new JsonArray("*");

    /// <summary>False holds back what waits and takes up nothing that happens meanwhile.</summary>
    [Indexed]
    public bool Enabled { get; set; } = true;

    /// <summary>Why the service has switched it off: <c>gone</c>, the receiver said so; <c>failing</c>, nothing arrived for days. Null when a person did, or it is on.</summary>
    [ReadOnly, MaxLength(64), Choices("gone", "failing")]
    public string? DisabledReason { get; set; }

    [ReadOnly]
    public DateTimeOffset? DisabledAt { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Url = Url.Trim();
        Types = JsonList.Texts("types", Types, out var wrongTypes)!;
        if (Enabled)
            (DisabledReason, DisabledAt) = (null, null);
        return [.. CheckUrl(Url), .. wrongTypes.Count > 0 ? wrongTypes : CheckTypes((JsonArray)Types)];
    }

    private static IEnumerable<FieldError> CheckUrl(string text)
    {
        if (text.Length == 0)
            yield break; // the field's own mark says so
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("https" or "http") || url.Host.Length == 0)
            yield return new FieldError("url", "invalid_url", "url must be an address that begins with https://.");
        else if (url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            yield return new FieldError("url", "invalid_url", "url must have no user name, no password and no fragment.");
        else if (url.Scheme == "http" && !IsOfTheHouse(url))
            yield return new FieldError("url", "https_required", "url must begin with https://: what is sent over http, others on the way read.");
    }

    private static bool IsOfTheHouse(Uri url) =>
        IPAddress.TryParse(url.IdnHost, out _)
        || !url.IdnHost.Contains('.', StringComparison.Ordinal)
        || Array.Exists(HouseNames, name => url.IdnHost.EndsWith(name, StringComparison.OrdinalIgnoreCase));

    private static IEnumerable<FieldError> CheckTypes(JsonArray types)
    {
        if (types.Count is 0 or > MaxTypes)
            yield return new FieldError("types", "required", $"types must name 1 to {MaxTypes} types of events, or \"*\".");
        for (var i = 0; i < types.Count; i++)
        {
            var type = (string)types[i]!;
            if (type.Length > MaxTypeLength || !EventType().IsMatch(type))
                yield return new FieldError($"types/{i}", "invalid_event_type", $"{type} is none of the forms phone-numbers.updated, phone-numbers.* or *.");
        }
    }

    [GeneratedRegex(@"^(\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*(\.\*)?)\z")]
    private static partial Regex EventType();
}
