using FluentAssertions;

using Switchboard.Host.Studio;

using Xunit;

namespace Switchboard.Engine.Tests.Http;

/// <summary>The studio is built anew beside a service that runs.</summary>
public sealed class StudioRebuildTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("studio");
    private int builds;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void What_was_built_last_is_served()
    {
        Build("a");
        var files = new StudioFiles(folder.FullName);
        var before = files.Page!.Version;
        files.Find("assets/index-a.js").Should().NotBeNull();

        Build("b");

        files.Find("assets/index-b.js").Should().NotBeNull("the page names it");
        files.Find("assets/index-a.js").Should().BeNull("it is not there any more");
        files.Page!.Version.Should().NotBe(before, "otherwise a browser that has the old page keeps it");
    }

    [Fact]
    public void What_is_built_after_the_start_is_there()
    {
        var files = new StudioFiles(folder.FullName);
        files.Page.Should().BeNull();

        Build("a");

        files.Page.Should().NotBeNull();
        files.Find("assets/index-a.js")!.Brotli.Should().BeNull();
        Write("assets/index-a.js.br", "packed"); // a build lays the packed forms beside the files at its end
        files.Find("assets/index-a.js")!.Brotli.Should().NotBeNull();
    }

    private void Build(string hash)
    {
        if (Directory.Exists(Path.Combine(folder.FullName, "dist")))
            Directory.Delete(Path.Combine(folder.FullName, "dist"), recursive: true);
        Write($"assets/index-{hash}.js", $"// {hash}");
        Write("index.html", $"<script src=\"/assets/index-{hash}.js\"></script>");
    }

    /// <summary>A minute after what was written before: two writes at once may bear one time.</summary>
    private void Write(string path, string text)
    {
        var file = new FileInfo(Path.Combine(folder.FullName, "dist", path));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, text);
        var at = DateTime.UnixEpoch.AddMinutes(++builds);
        file.LastWriteTimeUtc = at;
        file.Directory.LastWriteTimeUtc = at;
    }
}
