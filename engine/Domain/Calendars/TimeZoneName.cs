namespace Switchboard.Domain.Calendars;

internal static class TimeZoneName
{
    /// <summary>Only names of the IANA database: those of Windows are another vocabulary and change with it.</summary>
    public static IEnumerable<FieldError> Check(string field, string? name)
    {
        if (!string.IsNullOrWhiteSpace(name) && !(TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.HasIanaId))
            yield return new FieldError(field, "invalid_time_zone", $"'{name}' is no time zone of the IANA database, such as America/New_York.");
    }
}
