using Microsoft.Playwright;

namespace Switchboard.E2e;

/// <summary>What comes over the wire, headers and all, as the browser counts it.</summary>
internal sealed class Traffic
{
    private readonly Dictionary<string, string> asked = [];

    public long Bytes { get; private set; }

    public int Requests { get; private set; }

    public IReadOnlyCollection<string> Addresses => asked.Values;

    public static async Task<Traffic> MeasureAsync(IPage page)
    {
        var traffic = new Traffic();
        var browser = await page.Context.NewCDPSessionAsync(page);
        browser.Event("Network.requestWillBeSent").OnEvent += (_, happened) =>
            traffic.asked[happened!.Value.GetProperty("requestId").GetString()!] = happened.Value.GetProperty("request").GetProperty("url").GetString()!;
        browser.Event("Network.loadingFinished").OnEvent += (_, happened) =>
        {
            traffic.Requests++;
            traffic.Bytes += (long)happened!.Value.GetProperty("encodedDataLength").GetDouble();
        };
        await browser.SendAsync("Network.enable");
        return traffic;
    }
}
