using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

using Npgsql;

using Switchboard.Data;
using Switchboard.Data.Embedded;
using Switchboard.Runtime.Artefacts;
using Switchboard.Runtime.Scripts;

namespace Switchboard.Host;

/// <summary>
/// <c>switchboard doctor</c>: looks for what would keep the service from starting or working, changes nothing, and prints
/// every problem with its fix; so too what only slows it down, which is no failure. It may run beside the service.
/// </summary>
internal static class Doctor
{
    private const int LeastNode = 20;
    private const int LeastPostgres = 18;
    private const long LeastFreeBytes = 1L << 30;

    /// <returns>0 when nothing was found, else 1.</returns>
    public static async Task<int> RunAsync(TextWriter output, CancellationToken ct)
    {
        var problems = new List<string>();
        await foreach (var (what, problem, onlySlow) in CheckAsync(ct))
        {
            await output.WriteLineAsync(problem is null ? $"ok    {what}" : $"{(onlySlow ? "slow" : "FAIL")}  {what}: {problem}");
            if (problem is not null && !onlySlow)
                problems.Add(problem);
        }

        await output.WriteLineAsync(problems.Count == 0 ? "No problem found." : $"{problems.Count} problem(s) found.");
        return problems.Count == 0 ? 0 : 1;
    }

    private static async IAsyncEnumerable<Finding> CheckAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var settings = new Settings();
        string? wrong = null;
        try
        {
            settings = Settings.FromEnvironment();
        }
        catch (SettingsException e)
        {
            wrong = e.Message;
        }

        yield return new("settings", wrong);
        yield return new("shipped artefacts", Try(() => _ = new ShippedArtefacts()));
        yield return new("Node.js for scripts", await NodeProblemAsync(ct));
        yield return new("script worker's packages", Try(() => _ = new ScriptOptions().FindWorkerDirectory()));
        yield return new($"address {settings.Url}", AddressProblem(settings.Url));
        if (settings.Db is { } given)
        {
            var problem = await DatabaseProblemAsync(given, ct);
            yield return new("database", problem);
            if (problem is null)
                yield return new("order of text", await TextOrderProblemAsync(given, ct), OnlySlow: true);
        }
        else
        {
            var package = settings.Postgres ?? EmbeddedPostgres.FindPackageFolder(AppContext.BaseDirectory);
            yield return new("embedded PostgreSQL", Try(() => EmbeddedPostgres.Inspect(settings.Data, package)));
            yield return new("disk", DiskProblem(settings.Data));
        }
    }

    private static string? Try(Action check)
    {
        try
        {
            check();
            return null;
        }
        catch (Exception e) when (e is EmbeddedPostgresException or InvalidOperationException or IOException)
        {
            return e.Message;
        }
    }

    private static async Task<string?> NodeProblemAsync(CancellationToken ct)
    {
        const string fix = "Install Node.js 20 or later; without it JavaScript expressions in workflows fail.";
        try
        {
            using var node = Process.Start(new ProcessStartInfo("node", ["--version"]) { RedirectStandardOutput = true })!;
            var version = (await node.StandardOutput.ReadToEndAsync(ct)).Trim();
            await node.WaitForExitAsync(ct);
            return Version.TryParse(version.TrimStart('v'), out var parsed) && parsed.Major >= LeastNode ? null : $"node is {version}. {fix}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return $"there is no program node. {fix}";
        }
    }

    private static string? AddressProblem(string urls)
    {
        foreach (var url in urls.Split(';'))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || !IPAddress.TryParse(address.Host, out var ip))
                continue; // names and wildcards are for Kestrel to resolve
            using var listener = new TcpListener(ip, address.Port);
            try
            {
                listener.Start();
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                return "a program listens there already; when it is not this service, stop it or set SWITCHBOARD_URL to another address.";
            }
            catch (SocketException e)
            {
                return $"{e.Message}. Set SWITCHBOARD_URL to an address of this machine and a port that this user may open.";
            }
        }

        return null;
    }

    private static string? DiskProblem(string data)
    {
        var folder = Path.GetFullPath(data);
        while (!Directory.Exists(folder))
            folder = Path.GetDirectoryName(folder)!;
        var free = new DriveInfo(folder).AvailableFreeSpace;
        return free >= LeastFreeBytes ? null : $"{free >> 20} MB are free where {folder} is; 1 GB is the least to work with. Free some space or move SWITCHBOARD_DATA.";
    }

    private static async Task<string?> DatabaseProblemAsync(string connectionString, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
        }
        catch (NpgsqlException e)
        {
            return new DatabaseUnreachableException(connectionString, e).Message;
        }

        if (connection.PostgreSqlVersion.Major < LeastPostgres)
            return $"the server is PostgreSQL {connection.PostgreSqlVersion}; {LeastPostgres} is the least. Upgrade it.";
        await using var command = new NpgsqlCommand("select rolsuper or rolcreaterole from pg_roles where rolname = current_user", connection);
        var mayCreateRoles = (bool)(await command.ExecuteScalarAsync(ct))!;
        await using var roles = new NpgsqlCommand("select count(*) from pg_roles where rolname in ($1, $2)", connection)
        { Parameters = { new() { Value = Database.AppRole }, new() { Value = Database.EngineRole } } };
        return mayCreateRoles || (long)(await roles.ExecuteScalarAsync(ct))! == 2
            ? null
            : $"the user may not create roles, and {Database.AppRole} and {Database.EngineRole} are missing. Run: alter role … createrole.";
    }

    /// <summary>
    /// An index on a text finds what begins with something only where texts are in the order of their bytes (PostgreSQL's
    /// manual, "Operator Classes and Operator Families"). With any other order such a list reads all records.
    /// </summary>
    private static async Task<string?> TextOrderProblemAsync(string connectionString, CancellationToken ct)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand("""
            select coalesce(datlocale, datcollate) from pg_database
            where datname = current_database() and datlocprovider <> 'b' and not (datlocprovider = 'c' and datcollate in ('C', 'POSIX'))
            """);
        return await command.ExecuteScalarAsync(ct) is string locale
            ? $"the database sorts by the rules of {locale}, so that lists with [startswith] read all records. In a database made like this they do not: create database … template template0 locale_provider builtin builtin_locale 'C.UTF-8'."
            : null;
    }

    private sealed record Finding(string What, string? Problem, bool OnlySlow = false);
}
