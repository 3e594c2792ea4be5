using System.Globalization;
using System.IO.Compression;

namespace Switchboard.Data.Transfer;

/// <summary>
/// What a workbook may grow to. A compressed file says nothing true about its size, so bytes are counted while they are
/// inflated and before a parser sees them; a time-out would not help, half a gigabyte takes a fraction of a second.
/// </summary>
internal static class InflationLimits
{
    /// <summary>Parts of the archive; a workbook has tens.</summary>
    public const int Entries = 2_000;

    /// <summary>Bytes of the archive's directory, which is read into memory as a whole.</summary>
    public const long Directory = 1 << 20;

    /// <summary>Inflated bytes of one part: a million rows of thirty cells.</summary>
    public const long Part = 2L << 30;

    /// <summary>Inflated bytes allowed whatever the ratio.</summary>
    public const long FreeOfRatio = 32L << 20;

    /// <summary>Inflated to compressed bytes beyond <see cref="FreeOfRatio"/>. Real sheets reach 30; DEFLATE ends at 1,032.</summary>
    public const long Ratio = 100;

    /// <summary>Bytes without a '&lt;', so one tag, attribute or text: what an XML parser keeps in memory at once.</summary>
    public const int Run = 1 << 20;

    /// <summary>Bytes of all shared strings together, kept in memory as UTF-8.</summary>
    public const long SharedText = 64L << 20;

    public const int SharedStrings = 4_000_000;

    /// <summary>Distinct element and attribute names, which a parser never forgets.</summary>
    public const int Names = 5_000;

    public const int Depth = 64;

    public static ProblemException Exceeded(string what) => SourceTable.Refused("workbook_too_large",
        $"The workbook was refused while it was unpacked: {what}. Save the sheet alone, as .xlsx or CSV, and try again.");

    /// <summary>Opens the archive only if its directory is small, because <see cref="ZipArchive"/> reads all of it.</summary>
    public static ZipArchive OpenArchive(Stream file)
    {
        try
        {
            if (DirectoryLength(file) > Directory)
                throw Exceeded("it has too many parts");
            file.Position = 0;
            var archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen: true);
            if (archive.Entries.Count > Entries)
                throw Exceeded(string.Create(CultureInfo.InvariantCulture, $"it has {archive.Entries.Count} parts, more than {Entries}"));
            return archive;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException or NotSupportedException)
        {
            throw SourceTable.Refused("damaged_file", $"The workbook is damaged and cannot be opened: {e.Message}");
        }
    }

    /// <summary>From where the directory is said to begin to the end of the file: no reader gets further than that.</summary>
    private static long DirectoryLength(Stream file)
    {
        const int record = 22, longestComment = 65_535, locator = 20;
        var tail = new byte[(int)Math.Min(file.Length, record + longestComment + locator)];
        file.Position = file.Length - tail.Length;
        file.ReadExactly(tail);
        var at = tail.AsSpan().LastIndexOf("PK\x05\x06"u8);
        if (at < 0 || tail.Length - at < record)
            throw new InvalidDataException("the end of the archive is missing.");
        long begin = BitConverter.ToUInt32(tail, at + 16);
        if (begin == uint.MaxValue && at >= locator && tail.AsSpan(at - locator).StartsWith("PK\x06\x07"u8))
        {
            var end64 = new byte[56];
            file.Position = (long)Math.Min(BitConverter.ToUInt64(tail, at - locator + 8), (ulong)file.Length);
            file.ReadExactly(end64);
            begin = (long)Math.Min(BitConverter.ToUInt64(end64, 48), (ulong)file.Length);
        }
        return file.Length - begin;
    }
}

/// <summary>One part of an archive that stops being readable at the limits of <see cref="InflationLimits"/>.</summary>
internal sealed class LimitedPart(Stream inflated, string name, long compressed, long limit = InflationLimits.Part) : Stream
{
    private long read;

    private int run;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => read; set => throw new NotSupportedException(); }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        int count;
        try
        {
            count = inflated.Read(buffer);
        }
        catch (InvalidDataException e)
        {
            throw SourceTable.Refused("damaged_file", $"The workbook is damaged: {name} cannot be unpacked ({e.Message}).");
        }
        read += count;
        if (read > limit)
            throw InflationLimits.Exceeded($"{name} is larger than {limit >> 20} MB");
        if (read > InflationLimits.FreeOfRatio && read / Math.Max(compressed, 1) > InflationLimits.Ratio)
            throw InflationLimits.Exceeded($"{name} unpacks to more than {InflationLimits.Ratio} times its size");
        Count(buffer[..count]);
        return count;
    }

    private void Count(ReadOnlySpan<byte> bytes)
    {
        var last = bytes.LastIndexOf((byte)'<');
        var first = last < 0 ? bytes.Length : bytes.IndexOf((byte)'<');
        // Buffers are smaller than the limit, so only the run that crosses buffers can be too long.
        run += first;
        if (run > InflationLimits.Run)
            throw InflationLimits.Exceeded($"{name} has a text or a tag of more than {InflationLimits.Run >> 20} MB");
        if (last >= 0)
            run = bytes.Length - last;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inflated.Dispose();
        base.Dispose(disposing);
    }
}
