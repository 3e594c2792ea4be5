using System.Text.Json.Nodes;

using Switchboard.Domain.Calendars;

namespace Switchboard.Domain.Porting;

/// <summary>A place with a telephone system of its own, and the hours at which it works.</summary>
[RecordType("sites", NaturalKey = nameof(Name))]
public sealed class Site : Record
{
    [Required, MaxLength(200), Searched]
    public string Name { get; set; } = "";

    [MaxLength(300), Searched]
    public string? Address { get; set; }

    [MaxLength(100), Searched, Indexed]
    public string? City { get; set; }

    [MaxLength(100)]
    public string? State { get; set; }

    [MaxLength(20)]
    public string? PostalCode { get; set; }

    [MaxLength(100)]
    public string? Country { get; set; }

    /// <summary>The name of the place's zone in the IANA database.</summary>
    [Required, MaxLength(64)]
    public string Timezone { get; set; } = "";

    /// <summary>
    /// By lower-case weekday, all seven, a list of <c>{open, close}</c> in local HH:mm; empty when closed. Null while nobody
    /// knows them: then the tenant's calendar counts.
    /// </summary>
    [Json]
    public JsonNode? BusinessHours { get; set; }

    /// <summary>A list of <c>{name, date}</c>, by date.</summary>
    [Json]
    public JsonNode? Holidays { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Name = Name.Trim();
        Timezone = Timezone.Trim();
        BusinessHours = OpeningTimes.Hours("businessHours", BusinessHours, out var wrongHours);
        Holidays = OpeningTimes.Holidays("holidays", Holidays, out var wrongHolidays);
        return [.. TimeZoneName.Check("timezone", Timezone), .. wrongHours, .. wrongHolidays];
    }
}
