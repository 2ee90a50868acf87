# Says how a disk is doing. It should print: disk 91 percent full: call somebody
used = 91

if used > 90
    print("disk", used, "percent full: call somebody")
else:
    print("disk", used, "percent full: fine")
