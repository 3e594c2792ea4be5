using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

using Switchboard.Domain;

namespace Switchboard.Host;

/// <summary>
/// The log on the console: one line of JSON (or text) an entry, without personal data. Values that a template names like a
/// personal field of a record type are left out, and whatever looks like an e-mail address or a telephone number is
/// masked wherever it stands, in exceptions too.
/// </summary>
internal static class Logs
{
    /// <summary>For what happens outside the host: PostgreSQL, migrations.</summary>
    public static ILoggerFactory Create(Settings settings) => LoggerFactory.Create(logging => Configure(logging, settings));

    public static void Configure(ILoggingBuilder logging, Settings settings)
    {
        logging.ClearProviders();
        logging.SetMinimumLevel(settings.LogLevel);
        // One line a request is the trace's business; at information the framework writes four.
        var quiet = settings.LogLevel > LogLevel.Warning ? settings.LogLevel : LogLevel.Warning;
        foreach (var category in new[] { "Microsoft.AspNetCore", "Microsoft.Hosting", "Microsoft.EntityFrameworkCore", "Npgsql", "Quartz" })
            logging.AddFilter(category, quiet);
        // It warns that keys lie in the database as they are; who can read the database needs no keys.
        logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        logging.AddConsoleFormatter<LogLines, LogLineOptions>(options => options.IsJson = settings.LogFormat == "json");
        logging.AddConsole(options => options.FormatterName = LogLines.FormatterName);
    }
}

internal sealed class LogLineOptions : ConsoleFormatterOptions
{
    public bool IsJson { get; set; } = true;
}

/// <summary>Writes one entry as one line.</summary>
internal sealed partial class LogLines(Microsoft.Extensions.Options.IOptions<LogLineOptions> options) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "switchboard";

    private const string Mask = "***";

    /// <summary>Names of placeholders whose values are never written: the personal fields of all record types, and secrets.</summary>
    private static readonly HashSet<string> Hidden = new(
        RecordTypes.All.SelectMany(type => type.Fields.Where(field => field.Personal).Select(field => field.Name))
            .Concat(["email", "phone", "password", "token", "secret", "connectionString", "personName"]),
        StringComparer.OrdinalIgnoreCase);

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var values = logEntry.State as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var message = MaskText(values.Any(IsHidden)
            ? values.FirstOrDefault(value => value.Key == "{OriginalFormat}").Value as string ?? "" // the template, without the values
            : logEntry.Formatter(logEntry.State, null));
        if (options.Value.IsJson)
            WriteJson(logEntry, values, message, textWriter);
        else
            WriteText(logEntry, message, textWriter);
    }

    /// <summary>Masks what looks like an e-mail address or an E.164 number.</summary>
    public static string MaskText(string text) => Phone().Replace(Email().Replace(text, Mask), Mask);

    private static bool IsHidden(KeyValuePair<string, object?> value) => Hidden.Contains(value.Key);

    private static void WriteJson<TState>(in LogEntry<TState> entry, IReadOnlyList<KeyValuePair<string, object?>> values, string message, TextWriter output)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("at", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            json.WriteString("level", NameOf(entry.LogLevel));
            json.WriteString("category", entry.Category);
            json.WriteString("message", message);
            if (entry.Exception is { } exception)
                json.WriteString("exception", MaskText(exception.ToString()));
            if (Activity.Current is { } activity)
            {
                json.WriteString("traceId", activity.TraceId.ToString());
                json.WriteString("spanId", activity.SpanId.ToString());
            }

            foreach (var (name, value) in values.Where(value => value.Key != "{OriginalFormat}"))
                json.WriteString(name, Hidden.Contains(name) ? Mask : MaskText(Convert.ToString(value, CultureInfo.InvariantCulture) ?? ""));
            json.WriteEndObject();
        }

        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    private static void WriteText<TState>(in LogEntry<TState> entry, string message, TextWriter output)
    {
        var at = TimeProvider.System.GetLocalNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
        var exception = entry.Exception is { } e ? " " + MaskText(e.ToString()) : "";
        output.WriteLine($"{at} {NameOf(entry.LogLevel),-11} {entry.Category[(entry.Category.LastIndexOf('.') + 1)..]}: {message}{exception}");
    }

    private static string NameOf(LogLevel level) => level.ToString().ToLowerInvariant();

    [GeneratedRegex(@"[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(\.[\p{L}\p{N}-]+)*")]
    private static partial Regex Email();

    /// <summary>A plus and 7 to 15 digits (E.164), however grouped.</summary>
    [GeneratedRegex(@"\+\d(?:[ ().-]{0,2}\d){6,14}(?!\d)")]
    private static partial Regex Phone();
}
