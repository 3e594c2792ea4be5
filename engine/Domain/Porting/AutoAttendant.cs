using System.Text.Json.Nodes;

namespace Switchboard.Domain.Porting;

/// <summary>What callers of a resource account hear and may press.</summary>
[RecordType("auto-attendants", NaturalKey = nameof(Name))]
public sealed class AutoAttendant : Record
{
    [Required, MaxLength(200), Searched]
    public string Name { get; set; } = "";

    [References("resource-accounts", OnDelete = "set_null"), Indexed]
    public Guid? ResourceAccountId { get; set; }

    /// <summary>A BCP 47 tag, for instance en-US.</summary>
    [MaxLength(35)] // RFC 5646 4.4.1 asks for room for at least 35 characters
    public string? Language { get; set; }

    /// <summary>A list of <see cref="MenuOption"/>.</summary>
    [Json]
    public JsonNode? BusinessHoursMenuOptions { get; set; }

    /// <summary>As <see cref="BusinessHoursMenuOptions"/>, while the site is closed.</summary>
    [Json]
    public JsonNode? AfterHoursMenuOptions { get; set; }

    public override IEnumerable<FieldError> Normalise()
    {
        Name = Name.Trim();
        return
        [
            .. LanguageTag.Check("language", Language),
            .. MenuOption.Check("businessHoursMenuOptions", BusinessHoursMenuOptions),
            .. MenuOption.Check("afterHoursMenuOptions", AfterHoursMenuOptions),
        ];
    }
}
