using System.Reflection;

namespace Switchboard.Host;

/// <summary>What <c>switchboard --help</c> says, drawn from the list of settings.</summary>
internal static class Usage
{
    public static string Version { get; } = typeof(Usage).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static string Text { get; } = $"""
        switchboard {Version}

        switchboard serve            runs the service until it is told to stop (the default)
        switchboard migrate          brings the database up to date and ends
        switchboard migrate --print  prints the SQL that the record types ask for and the database does not have
        switchboard artefacts …      moves workflows, rules, forms and templates between a folder and a service, checks and tests them
        switchboard doctor           looks for what would keep the service from running, with a fix for each

        Settings are environment variables:
        {string.Join('\n', Settings.All.Select(setting => $"  {setting.Name,-28} {setting.Doc}\n  {"",-28} default: {setting.Default}"))}

        OTEL_EXPORTER_OTLP_ENDPOINT and its relatives send traces and metrics to a collector.
        """;
}
