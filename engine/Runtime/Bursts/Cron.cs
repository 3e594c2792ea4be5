using System.Globalization;
using System.Text.RegularExpressions;

using Quartz;

using Switchboard.Workflows;

namespace Switchboard.Runtime.Bursts;

/// <summary>
/// Cron expressions as Elsa writes them (five to seven fields; seconds first when there are six; days of the week from
/// Sunday = 0), reckoned by Quartz, which counts Sunday = 1 and wants a question mark for the day that does not matter.
/// </summary>
internal static partial class Cron
{
    /// <exception cref="ActivityException"><c>invalid_cron</c>.</exception>
    public static DateTimeOffset? Next(string expression, DateTimeOffset after)
    {
        try
        {
            return new CronExpression(ToQuartz(expression), TimeZoneInfo.Utc).GetNextValidTimeAfter(after);
        }
        catch (FormatException e)
        {
            throw new ActivityException("invalid_cron", $"Error when parsing cron expression: {expression}: {e.Message}", inner: e);
        }
    }

    /// <summary>What is wrong with an expression; null if nothing.</summary>
    public static string? ProblemOf(string expression)
    {
        try
        {
            _ = new CronExpression(ToQuartz(expression), TimeZoneInfo.Utc);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    internal static string ToQuartz(string expression)
    {
        var fields = expression.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToList();
        if (fields.Count == 5)
            fields.Insert(0, "0");
        if (fields.Count is < 6 or > 7)
            throw new FormatException($"it has {fields.Count} fields; it needs five to seven.");
        // Not the number of an occurrence (5#3) nor a step (*/2).
        fields[5] = DayOfWeek().Replace(fields[5], day => (int.Parse(day.Value, CultureInfo.InvariantCulture) % 7 + 1).ToString(CultureInfo.InvariantCulture));
        if (fields[5] == "*" && fields[3] != "?")
            fields[5] = "?";
        else if (fields[3] == "*" && fields[5] != "?")
            fields[3] = "?";
        return string.Join(' ', fields);
    }

    [GeneratedRegex(@"(?<![#/\d])[0-7](?!\d)")]
    private static partial Regex DayOfWeek();
}
