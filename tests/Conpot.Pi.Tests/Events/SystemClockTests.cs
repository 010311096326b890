using Conpot.Pi.Events;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>What is known of the wall clock where the kernel may not be asked.</summary>
public class SystemClockTests
{
    [Theory]
    [InlineData(true, "")] // no systemd: a container, whose clock is the host's
    [InlineData(false, "systemd/system/")]
    [InlineData(false, "systemd/system/ systemd/timesync/")]
    [InlineData(true, "systemd/system/ systemd/timesync/synchronized")]
    [InlineData(true, "systemd/system/ chrony/")]
    [InlineData(true, "systemd/system/ ntpd.pid")]
    public void It_is_set_when_somebody_has_set_it_or_may_have(bool set, string there)
    {
        using var run = new TempDirectory();
        foreach (var path in there.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(run[path])!);
            if (!path.EndsWith('/')) File.WriteAllText(run[path], "");
        }
        Assert.Equal(set, SystemClock.IsSetBySomebody(run.Path));
    }
}
